// SPDX-License-Identifier: Apache-2.0
// nodemailer as a generator: nodemailer_client.js PORT kept|one SESSIONS MESSAGES FILE. Sends the octets of
// FILE; prints how many were accepted, and ends with 1 if one was not.
'use strict';

const fs = require('fs');
const nodemailer = require('nodemailer');

const [port, mode, sessions, messages, file] = process.argv.slice(2);
const raw = fs.readFileSync(file);
const transport = nodemailer.createTransport({
  host: '127.0.0.1',
  port: Number(port),
  secure: false,
  ignoreTLS: true,
  pool: mode === 'kept',
  maxConnections: Number(sessions),
  maxMessages: Infinity,
});
let left = Number(messages);
let accepted = 0;

async function session() {
  while (left > 0) {
    left -= 1;
    await transport.sendMail({ envelope: { from: 'bench@source.example', to: 'bench@sink.example' }, raw });
    accepted += 1;
  }
}

Promise.all(Array.from({ length: Number(sessions) }, session)).then(
  () => {
    transport.close();
    process.stdout.write(`${accepted}\n`);
  },
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);
