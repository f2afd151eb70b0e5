// `npm run demo`: sets up what is missing, then runs demo/main.ts with the arguments after `--`.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from './set-up/steps.mjs';
import { orExplain, setUp } from './set-up.mjs';

await orExplain(() => setUp({ kafka: true }));
// A process of its own: only one that starts as CommonJS can still choose its thread pool's size (scripts/run.cjs).
const args = [join(repositoryRoot, 'scripts/run.cjs'), join(repositoryRoot, 'demo/main.ts'), ...process.argv.slice(2)];
const demo = spawn(process.execPath, args, { cwd: repositoryRoot, stdio: 'inherit' });
process.on('SIGINT', () => {}); // the terminal sends it to the demo too, which ends in its own way
process.on('SIGTERM', () => demo.kill('SIGTERM'));
demo.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
});
