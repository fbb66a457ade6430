// CPU time and memory of printing N workloads with every check, against the same objects by hand, and as plain text.
//
//   npm run bench -- [--scale N] [--rounds R] [--no-growth] [--json]
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { transformFileSync } from '@swc/core';
import type { Sample } from './measure';
import { selfTimes } from './profile';
import { assertSame } from './same';

const VARIANTS = ['ours', 'raw', 'floor'] as const;
type Variant = (typeof VARIANTS)[number];

const { values: options } = parseArgs({
  options: {
    scale: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
    'no-growth': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const scale = count('scale', options.scale);
const rounds = count('rounds', options.rounds);

// Below the package, so that `vault-cdk` means the built library, as it does for users; ignored by git.
const compiled = compile(join(__dirname, '..', 'test-results', 'bench'));
const scratch = mkdtempSync(join(tmpdir(), 'vault-cdk-bench-'));
try {
  main();
} finally {
  rmSync(scratch, { recursive: true });
}

function main(): void {
  for (const variant of VARIANTS) run(variant, 20);
  const objects = assertSame(folderOf('ours', 20), folderOf('raw', 20));
  assertSame(folderOf('raw', 20), folderOf('floor', 20));
  say(`The three variants print the same ${objects} objects for 20 workloads.\n`);

  const samples = alternate(scale, rounds);
  const [ours, raw, floor] = VARIANTS.map(v => summary(samples[v])) as [Summary, Summary, Summary];
  say(`${scale} workloads, medians of ${rounds} rounds:\n`);
  table([
    ['', 'CPU ms', '(least, most)', 'peak MB', 'before, ms', 'before, MB'],
    ...VARIANTS.map((v, i) => row(v, [ours, raw, floor][i] ?? ours)),
  ]);
  const timeRatio = ratio(ours.cpu, raw.cpu);
  const memoryRatio = ratio(ours.rss, raw.rss);
  const floorRatio = ratio(ours.cpu, floor.cpu);
  const growth = options['no-growth'] ? undefined : growthOf(samples.ours);
  say('');
  say(`time against raw:   ${timeRatio}  (aim: at most 1.1)`);
  say(`memory against raw: ${memoryRatio}`);
  say(`time against text:  ${floorRatio}`);
  if (growth !== undefined)
    say(`growth:             ${growth}  (time per workload at 8000 over 1000; aim: at most 1.1)`);
  whereTheTimeGoes();
  if (options.json)
    say(
      JSON.stringify({ timeRatio, memoryRatio, floorRatio, growth: growth ?? null, scale, rounds, ours, raw, floor }),
    );
}

/** Every variant once a round, so that a slow spell of the machine slows all of them; the first one changes. */
function alternate(n: number, times: number): Record<Variant, readonly Sample[]> {
  const samples: Record<Variant, Sample[]> = { ours: [], raw: [], floor: [] };
  for (let round = 0; round < times; round++)
    VARIANTS.forEach((_, i) => {
      const variant = VARIANTS[(round + i) % VARIANTS.length] ?? 'ours';
      samples[variant].push(run(variant, n));
    });
  return samples;
}

/** Time per workload at 8000 over that at 1000. */
function growthOf(atScale: readonly Sample[]): number {
  const small: Sample[] = scale === 1000 ? [...atScale] : [];
  const large: Sample[] = scale === 8000 ? [...atScale] : [];
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    if (scale !== 1000) small.push(run('ours', 1000));
    if (scale !== 8000) large.push(run('ours', 8000));
  }
  return ratio(median(large.map(s => s.cpu)) / 8000, median(small.map(s => s.cpu)) / 1000);
}

function whereTheTimeGoes(): void {
  say('\nWhere the time goes, CPU ms (one more run each):\n');
  const phases = ['ours', 'raw'].map(v => run(v as Variant, scale, '--phases').phases);
  const names = [...new Set(phases.flatMap(p => Object.keys(p)))];
  const ms = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(0));
  table([['phase', 'ours', 'raw'], ...names.map(n => [n, ...phases.map(p => ms(p[n]))])]);
  const [ours, raw] = (['ours', 'raw'] as const).map(v => {
    const file = join(scratch, `${v}.cpuprofile`);
    run(v, scale, '--profile', file);
    return selfTimes(file);
  });
  const inRaw = new Map(raw?.packages);
  say('');
  table([['package, itself', 'ours', 'raw'], ...(ours?.packages ?? []).map(([p, t]) => [p, ms(t), ms(inRaw.get(p))])]);
  say('');
  table([['function of ours, itself', 'ms'], ...(ours?.functions ?? []).slice(0, 15).map(([f, t]) => [f, ms(t)])]);
}

function run(variant: Variant, n: number, ...more: readonly string[]): Sample {
  const folder = folderOf(variant, n);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const script = join(compiled, `${variant}.js`);
  const env = { ...process.env, NODE_OPTIONS: '' };
  const out = execFileSync(process.execPath, ['--expose-gc', script, String(n), folder, ...more], {
    cwd: scratch,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(out.trim().split('\n').at(-1) ?? '') as Sample;
}

function folderOf(variant: Variant, n: number): string {
  return join(scratch, `${variant}-${n}`);
}

/** To plain JavaScript: what is timed runs without a loader, and against the built library. */
function compile(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(__dirname).filter(f => f.endsWith('.ts') && f !== 'run.ts')) {
    const { code } = transformFileSync(join(__dirname, file), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    });
    writeFileSync(join(folder, `${basename(file, '.ts')}.js`), code);
  }
  return folder;
}

/** Medians of one variant. */
interface Summary {
  readonly cpu: number;
  readonly least: number;
  readonly most: number;
  readonly rss: number;
  readonly start: number;
  readonly rssAtStart: number;
}

function summary(samples: readonly Sample[]): Summary {
  const cpu = samples.map(s => s.cpu);
  const whole = Math.round;
  return {
    cpu: whole(median(cpu)),
    least: whole(Math.min(...cpu)),
    most: whole(Math.max(...cpu)),
    rss: whole(median(samples.map(s => s.rss))),
    start: whole(median(samples.map(s => s.start))),
    rssAtStart: whole(median(samples.map(s => s.rssAtStart))),
  };
}

function row(name: string, s: Summary): readonly string[] {
  return [name, String(s.cpu), `(${s.least}, ${s.most})`, String(s.rss), String(s.start), String(s.rssAtStart)];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

function ratio(a: number, b: number): number {
  return Math.round((a / b) * 100) / 100;
}

function count(name: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`--${name} takes a whole number from 1, not ${JSON.stringify(text)}`);
}

function table(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map(r => r[i]?.length ?? 0)));
  for (const cells of rows)
    say(cells.map((c, i) => (i === 0 ? c.padEnd(widths[i] ?? 0) : c.padStart(widths[i] ?? 0))).join('  '));
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
