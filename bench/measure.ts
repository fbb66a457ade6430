// Runs inside a child process: one variant, once, in a process of its own, so that no variant warms up another.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

/** What one run of one variant cost. */
export interface Sample {
  /** CPU time of declaring, printing and writing, in ms: user and system, all threads. */
  readonly cpu: number;
  /** CPU time before that, in ms: starting Node and importing. */
  readonly start: number;
  /** Peak memory of the process, in MB. */
  readonly rss: number;
  /** Peak memory before the run, in MB: Node and the imports. */
  readonly rssAtStart: number;
  /** CPU time by phase, in ms, when asked for; each without the phases inside it. */
  readonly phases: Readonly<Record<string, number>>;
}

/** Times a piece of work as a phase, when phases are asked for; else it is just called. */
export type Phase = <T>(name: string, work: () => T) => T;

const TIMED = process.argv.includes('--phases');

/** Arguments of a child: `N FOLDER [--phases] [--profile FILE]`. */
export function measure(variant: (n: number, folder: string, phase: Phase) => void): void {
  const [n = '', folder = '', ...options] = process.argv.slice(2);
  const profile = options[options.indexOf('--profile') + 1];
  const phases = new Phases();
  const phase: Phase = TIMED ? (name, work) => phases.run(name, work) : (_, work) => work();
  const session = new Session();
  if (options.includes('--profile')) startProfile(session);
  globalThis.gc?.();
  const rssAtStart = process.resourceUsage().maxRSS / 1024;
  const before = cpu();
  variant(Number(n), folder, phase);
  const after = cpu();
  const sample: Sample = {
    cpu: after - before,
    start: before,
    rss: process.resourceUsage().maxRSS / 1024,
    rssAtStart,
    phases: phases.times,
  };
  if (options.includes('--profile') && profile !== undefined) stopProfile(session, profile);
  process.stdout.write(`${JSON.stringify(sample)}\n`);
}

/** Times every call of a method as a phase, when phases are asked for. */
export function wrapMethod(phase: Phase, name: string, on: object, method: string): void {
  if (!TIMED) return;
  const target = on as Record<string, (...args: unknown[]) => unknown>;
  const original = target[method];
  if (original === undefined) throw new Error(`${method} is gone; mend the phases of the bench`);
  target[method] = function (...args) {
    return phase(name, () => original.apply(this, args));
  };
}

class Phases {
  readonly times: Record<string, number> = {};
  private readonly open: string[] = [];
  private since = 0;

  run<T>(name: string, work: () => T): T {
    this.book();
    this.open.push(name);
    try {
      return work();
    } finally {
      this.book();
      this.open.pop();
    }
  }

  /** Books the time since the last change on the innermost phase. */
  private book(): void {
    const now = cpu();
    const name = this.open.at(-1);
    if (name !== undefined) this.times[name] = (this.times[name] ?? 0) + now - this.since;
    this.since = now;
  }
}

function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function startProfile(session: Session): void {
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: 500 });
  session.post('Profiler.start');
}

function stopProfile(session: Session, file: string): void {
  session.post('Profiler.stop', (error, result) => {
    if (error) throw error;
    writeFileSync(file, JSON.stringify(result.profile));
  });
}
