/** Entry of the thread that compares passwords: bcrypt takes a tenth of a second and more each time. */
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import type { PasswordAnswer, PasswordQuestion } from './web-config-passwords.js';

parentPort?.on('message', ({ id, password, hash }: PasswordQuestion) => {
  const answer: PasswordAnswer = { id, isRight: compareSync(password, hash) };
  parentPort?.postMessage(answer);
});
