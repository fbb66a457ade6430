import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chain } from '../../../src/access/chain';
import type { PrintedDocument } from '../../../src/access/documents';
import { readFiles } from '../../../src/access/files';
import { readModel } from '../../../src/access/read';

const root = join(__dirname, '../../..');

/** What an example prints, read back from its files. */
export interface PrintedExample {
  readonly documents: readonly PrintedDocument[];
  readonly chain: Chain;
  /** The Terraform JSON of each stack. */
  readonly stacks: ReadonlyMap<string, unknown>;
  /** Folder of the printed files. */
  readonly folder: string;
}

/** Runs an example as its users do, and reads what it printed. */
export function printExample(name: string, folder: string): PrintedExample {
  const env = { ...process.env, CDKTF_OUTDIR: join(folder, 'cdktf.out'), CDK8S_OUTDIR: join(folder, 'dist') };
  const run = spawnSync(process.execPath, ['--import', 'tsx', `examples/${name}.ts`], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`the example ${name} ended with ${String(run.status)}:\n${run.stderr}`);
  const documents = readFiles([env.CDKTF_OUTDIR, env.CDK8S_OUTDIR]);
  const terraform = documents.filter(d => d.format === 'terraform');
  const stacks = new Map(terraform.map(d => [d.group, JSON.parse(readFileSync(d.origin.file, 'utf8')) as unknown]));
  return { documents, chain: new Chain(readModel(documents)), stacks, folder };
}

/** The manifests of one cluster, platform first, as a pipeline applies them. */
export function manifestsOf({ documents }: PrintedExample, cluster: string): readonly unknown[] {
  const own = documents.filter(d => d.format === 'kubernetes' && d.group === cluster);
  const isPlatform = (d: PrintedDocument): boolean => d.origin.file.endsWith('platform.k8s.yaml');
  return [...own.filter(isPlatform), ...own.filter(d => !isPlatform(d))].map(d => d.value);
}
