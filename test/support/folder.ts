import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Finding } from 'vault-cdk';
import { main } from '../../src/cli/main';

/** Does something in a folder of its own that holds these files, and removes the folder. */
export function inFolder<T>(files: Readonly<Record<string, string>>, action: (folder: string) => T): T {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'vault-cdk-test-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    process.chdir(folder);
    return action(folder);
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
}

/** What a command line prints, and how it ends. */
export function run(...args: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const spy = jest.spyOn(process.stderr, 'write').mockImplementation(text => err.push(String(text)) > 0);
  try {
    const code = main(args, text => out.push(text));
    return { code, out: out.join(''), err: err.join('').trimEnd().split('\n') };
  } finally {
    spy.mockRestore();
  }
}

/** Everything that `vault-cdk check` says of these files. */
export function checked(files: Readonly<Record<string, string>>): readonly Finding[] {
  const { out } = inFolder(files, () => run('check', '.', '--format', 'json'));
  return (JSON.parse(out) as { readonly findings: readonly Finding[] }).findings;
}
