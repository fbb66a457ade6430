import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether there is a `shellcheck` to ask. */
export const hasShellcheck = spawnSync('shellcheck', ['--version'], { stdio: 'ignore' }).status === 0;

/** What a shell says of a script without running it. */
export function syntaxOf(script: string): string {
  const parsed = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' });
  if (!hasShellcheck) return parsed.stderr;
  const checked = spawnSync('shellcheck', ['--shell=sh', '--severity=warning', '-'], {
    input: script,
    encoding: 'utf8',
  });
  return `${parsed.stderr}${checked.stdout}`;
}

/** Puts commands of ours on the PATH of a script; each is a body of `sh`, and notes how it was called. */
export function runScript(
  folder: string,
  script: string,
  commands: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
) {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(folder, 'calls'), '');
  for (const [name, body] of Object.entries(commands)) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> '${join(folder, 'calls')}'\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  writeFileSync(join(folder, 'script.sh'), script);
  const path = `${bin}:${process.env['PATH'] ?? ''}`;
  return spawnSync('sh', ['script.sh'], { cwd: folder, env: { PATH: path, ...env }, encoding: 'utf8' });
}
