// SPDX-License-Identifier: Apache-2.0
// nodemailer's smtp-server as a sink: takes everything, keeps nothing. nodemailer_sink.js PORT; prints the
// messages on SIGTERM.
'use strict';

const { SMTPServer } = require('smtp-server');

let messages = 0;
const server = new SMTPServer({
  name: 'sink.example',
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  logger: false,
  onData(stream, session, done) {
    stream.on('end', () => {
      messages += 1;
      done();
    });
    stream.resume();
  },
});
server.on('error', () => {});
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 });
process.on('SIGTERM', () => {
  process.stdout.write(`${messages}\n`, () => process.exit(0));
});
