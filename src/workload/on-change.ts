import { Duration } from '../core/duration';
import { VaultCdkError } from '../errors/error';

/** Signals by which applications are asked to read their files again. */
export type Signal = 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2' | 'SIGINT' | 'SIGQUIT' | 'SIGTERM' | 'SIGWINCH';

/** The process that is told, and what tells it. */
export interface SignalOptions {
  /**
   * Name of the process, as `/proc/<pid>/comm` has it: at most 15 characters, e.g. `nginx`, `java`, `postgres`. Of a process and
   * its children of the same name, the parent is told.
   */
  readonly process: string;
  /** Image of the small container that watches the files: any with a POSIX `sh`, `cksum`, `sleep` and `cat`, e.g. busybox. */
  readonly image: string;
  /**
   * How often the files are compared.
   * @default Duration.seconds(10)
   */
  readonly every?: Duration;
}

/** How the application learns of a new value, as data. */
export type OnChangeWay =
  | { readonly kind: 'watchesFile' }
  | { readonly kind: 'rereads' }
  | {
      readonly kind: 'signal' | 'restart';
      readonly signal: Signal;
      readonly process: string;
      readonly image: string;
      /** Seconds between two looks. */
      readonly every: number;
    };

/**
 * How the application learns that a secret has a new value. A file that nobody reads again changes nothing.
 *
 * @example
 * ```ts
 * web.consume(certificate, toFile('/mnt/secrets/tls.pem'), {
 *   onChange: OnChange.signal('SIGHUP', { process: 'nginx', image: 'docker.io/library/busybox:1.37' }),
 * });
 * ```
 */
export class OnChange {
  /** It watches the file itself, by inotify or by looking at it now and then. */
  static watchesFile(): OnChange {
    return new OnChange({ kind: 'watchesFile' });
  }

  /** It opens the file each time that it needs the value. */
  static rereads(): OnChange {
    return new OnChange({ kind: 'rereads' });
  }

  /**
   * It reads its files again on a signal. Prints a small container that compares the files and sends the signal; the
   * containers of the pod then see each other's processes (`shareProcessNamespace`).
   *
   * @throws VaultCdkError `on-change/process`, `on-change/image`, `on-change/every`
   */
  static signal(signal: Signal, options: SignalOptions): OnChange {
    return new OnChange({ kind: 'signal', signal, ...checked(options) });
  }

  /**
   * It reads its files, or its environment, when it starts. Prints the same container, which ends the process with SIGTERM; the
   * kubelet then starts the container again.
   *
   * @throws VaultCdkError `on-change/process`, `on-change/image`, `on-change/every`
   */
  static restart(options: SignalOptions): OnChange {
    return new OnChange({ kind: 'restart', signal: 'SIGTERM', ...checked(options) });
  }

  /** Which of the four it is. */
  readonly way: OnChangeWay;

  private constructor(way: OnChangeWay) {
    this.way = way;
  }
}

function checked({ process, image, every = Duration.seconds(10) }: SignalOptions): {
  readonly process: string;
  readonly image: string;
  readonly every: number;
} {
  if (!/^[\w.+-]{1,15}$/.test(process)) {
    throw new VaultCdkError({
      code: 'on-change/process',
      problem: 'this is no name of a process, as Linux keeps it',
      given: process,
      allowed: 'the text of /proc/<pid>/comm: at most 15 letters, digits, "_", "-", "+" and "."',
      live: 'silently ignored: no process has this name, and none would be told',
      fix: 'look it up in the running container: cat /proc/1/comm',
    });
  }
  if (!/^[^\s]+$/.test(image)) {
    throw new VaultCdkError({
      code: 'on-change/image',
      problem: 'this is no name of an image',
      given: image,
      allowed: 'an image with a POSIX shell, e.g. "docker.io/library/busybox:1.37"',
      live: 'InvalidImageName',
      fix: 'name the image that watches the files',
    });
  }
  const seconds = every.toSeconds({ integral: false });
  if (Number.isInteger(seconds) && seconds >= 1) return { process, image, every: seconds };
  throw new VaultCdkError({
    code: 'on-change/every',
    problem: 'files cannot be compared so often',
    given: seconds,
    allowed: 'whole seconds, from 1',
    live: 'silently ignored: the container would do nothing but compare files',
    fix: 'drop `every`, or lengthen it',
  });
}
