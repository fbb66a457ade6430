import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { VaultCdkError } from '../errors/error';
import {
  access,
  check,
  type ExitCode,
  graph,
  listOwners,
  listSteps,
  listValues,
  type OutputOptions,
  runnerPolicy,
  security,
  synth,
} from './commands';

const USAGE = `vault-cdk: one declaration, both halves

  vault-cdk synth [--app COMMAND]   runs the app of cdktf.json or cdk8s.yaml, and says where its files are
  vault-cdk check [PATH...]         all rules over an app's output, or over any manifests and Terraform JSON
  vault-cdk access [PATH...]        who can do what, as a Markdown table
  vault-cdk checklist [PATH...]     the secret values that a person has to put into Vault
  vault-cdk runner-policy [PATH...] the policy that the Terraform run itself needs in Vault
  vault-cdk bootstrap [PATH...]     the steps from nothing to running pods, in their order, as a POSIX shell script
                    [--step NAME]   one of them: platform, variables, terraform, values, connection, workloads
  vault-cdk owners [PATH...]        who answers for what, as a Markdown table
  vault-cdk graph [PATH...]         the way of each secret, as a Mermaid flowchart
                    [--workload NAMESPACE/SERVICE_ACCOUNT]   of one workload
  vault-cdk security [PATH...]      what lies in etcd, who may read what, and what is not known, as Markdown

  --format text|json                how to print (default: text)
  --help, --version

PATH is a file or a folder; without one, the output of the app of this folder is read.
Exit codes: 0 fine, 1 findings of severity error or a policy that is not complete, 2 could not run.
`;

/** Runs one command line and gives its exit code. Never a stack trace for what a user can mend. */
export function main(
  args: readonly string[],
  write: (text: string) => void = text => void process.stdout.write(text),
): ExitCode {
  try {
    return run(args, write);
  } catch (error) {
    if (!VaultCdkError.is(error) && !isUsageError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

function run(args: readonly string[], write: (text: string) => void): ExitCode {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      app: { type: 'string' },
      step: { type: 'string' },
      workload: { type: 'string' },
      format: { type: 'string', default: 'text' },
      help: { type: 'boolean' },
      version: { type: 'boolean' },
    },
  });
  const [command, ...paths] = positionals;
  if (values.version) {
    write(`${version()}\n`);
    return 0;
  }
  if (values.help || command === undefined) {
    write(USAGE);
    return values.help ? 0 : 2;
  }
  const output: OutputOptions = { format: formatOf(values.format), write };
  if (command === 'synth') return synth(values.app, output);
  if (command === 'check') return check(paths, output);
  if (command === 'access') return access(paths, output);
  if (command === 'checklist') return listValues(paths, output);
  if (command === 'runner-policy') return runnerPolicy(paths, output);
  if (command === 'owners') return listOwners(paths, output);
  if (command === 'graph') return graph(paths, values.workload, output);
  if (command === 'security') return security(paths, output);
  if (command === 'bootstrap') return listSteps(paths, values.step, output);
  throw new VaultCdkError({
    code: 'cli/unknown-command',
    problem: 'there is no such command',
    given: command,
    allowed: 'synth, check, access, checklist, bootstrap, runner-policy, owners, graph, security',
    fix: 'see vault-cdk --help',
  });
}

function formatOf(format: string): OutputOptions['format'] {
  if (format === 'text' || format === 'json') return format;
  throw new VaultCdkError({
    code: 'cli/unknown-format',
    problem: 'there is no such format',
    given: format,
    allowed: 'text, json',
    fix: 'see vault-cdk --help',
  });
}

function version(): string {
  // Two folders up from lib/ as well as from src/.
  const text = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

function isUsageError(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'code' in error && /^ERR_PARSE_ARGS/.test(String(error.code));
}
