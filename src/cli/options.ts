import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { messageOf, VaultCdkError } from '../errors/error';

/** Where a project says how its app is run and where it prints to. */
export interface Project {
  /**
   * The command that runs the app.
   * @default - none is stated
   */
  readonly app: string | undefined;
  /** Folder of the Terraform half. */
  readonly terraform: string;
  /** Folder of the Kubernetes half. */
  readonly kubernetes: string;
}

/** Reads `cdktf.json` and `cdk8s.yaml` of the folder where the command runs; the environment goes before both. */
export function readProject(): Project {
  const cdktf = readConfig('cdktf.json');
  const cdk8s = readConfig('cdk8s.yaml');
  return {
    app: cdktf['app'] ?? cdk8s['app'],
    terraform: process.env['CDKTF_OUTDIR'] ?? cdktf['output'] ?? 'cdktf.out',
    kubernetes: process.env['CDK8S_OUTDIR'] ?? cdk8s['output'] ?? 'dist',
  };
}

/** The texts of a configuration file. */
function readConfig(file: string): Readonly<Record<string, string>> {
  if (!existsSync(file)) return {};
  try {
    const content: unknown = parse(readFileSync(file, 'utf8'));
    const entries = typeof content === 'object' && content !== null ? Object.entries(content) : [];
    return Object.fromEntries(entries.filter((e): e is [string, string] => typeof e[1] === 'string'));
  } catch (error) {
    throw new VaultCdkError({
      code: 'cli/config',
      problem: 'a configuration file cannot be read',
      at: file,
      given: messageOf(error).split('\n')[0],
      fix: 'correct the file',
    });
  }
}
