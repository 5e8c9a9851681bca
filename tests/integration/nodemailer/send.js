// SPDX-License-Identifier: Apache-2.0
// Sends messages by Nodemailer: node send.js FILE, where FILE is JSON:
//   {"host", "port", "name", "connections", "from", "to": [address...], "files": [path...]}
// and if wanted "tls" ("starttls" or "implicit") with "ca" (the file of the certificate to trust), and "auth"
// ({"user", "pass", "method"}). Each file is a whole message. Over `connections` connections; 0: one a message.
// Writes what Nodemailer says of each to stdout as JSON, in order: {"accepted": [...], "rejected": [...], "size"} or
// {"error", "code"}.
'use strict';
const fs = require('fs');
const nodemailer = require('nodemailer');

const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const transport = nodemailer.createTransport({
  host: job.host,
  port: job.port,
  name: job.name,
  ignoreTLS: !job.tls,
  requireTLS: job.tls === 'starttls',
  secure: job.tls === 'implicit',
  ...(job.tls ? { tls: { ca: fs.readFileSync(job.ca) } } : {}),
  ...(job.auth ? { auth: { user: job.auth.user, pass: job.auth.pass }, authMethod: job.auth.method } : {}),
  ...(job.connections ? { pool: true, maxConnections: job.connections, maxMessages: Infinity } : {})
});

const send = async file => {
  try {
    const raw = fs.readFileSync(file);
    const told = await transport.sendMail({ raw, envelope: { from: job.from, to: job.to } });
    return { accepted: told.accepted, rejected: told.rejected, size: told.messageSize };
  } catch (error) {
    return { error: error.message, code: error.responseCode };
  }
};

const main = async () => {
  const results = new Array(job.files.length);
  let next = 0;
  const worker = async () => {
    while (next < job.files.length) {
      const index = next++;
      results[index] = await send(job.files[index]);
    }
  };
  await Promise.all(Array.from({ length: Math.max(job.connections, 1) }, worker));
  transport.close();
  process.stdout.write(JSON.stringify(results));
};

main();
