#!/usr/bin/env node
// The command line. Plain JavaScript that any Node from 20 on can read: PgVitals itself needs Node 24 (node:sqlite,
// TypeScript without a build), and brings it as the package `node`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const NEEDED_MAJOR = 24;

if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) await runHere();
else runWithOwnNode();

async function runHere() {
  // Started by the other half of this file: when that is killed, even by SIGKILL, a demo server must not outlive it.
  if (process.channel) {
    process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
    process.channel.unref();
  }
  // Half of the start is compiling. Kept beside the sources, which only those may write to who can change these anyway;
  // the default would be a folder that all users of the machine share.
  module.enableCompileCache(join(root, 'node_modules', '.cache', 'pgvitals'));
  const source = join(root, 'electron', 'hosts', 'cli.ts');
  const bundle = join(root, 'dist', 'cli.mjs');
  // A clone runs its sources: a bundle there may be older than they are.
  const { main } = await import(pathToFileURL(existsSync(source) ? source : bundle).href);
  process.exitCode = await main(process.argv.slice(2));
}

function runWithOwnNode() {
  const executable = join(
    root,
    'node_modules',
    'node',
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  if (!existsSync(executable)) {
    process.stderr.write(
      `pgvitals: needs Node ${NEEDED_MAJOR} or newer, and this is ${process.version}. Run "npm ci" in ${root}.\n`,
    );
    process.exitCode = 2;
    return;
  }
  const child = spawn(
    executable,
    [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)],
    {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    },
  );
  // From a terminal both of us get Ctrl-C; only the child decides what it means. A signal for us alone is passed on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`pgvitals: could not start Node ${NEEDED_MAJOR}: ${error.message}\n`);
    process.exitCode = 2;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
