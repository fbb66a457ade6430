import { isRecord } from './json';
import type { Answer } from './http';
import { errorsOf, warningsOf } from './vault';

/** Sends as the one who applies. */
export type Sender = (method: string, path: string, body?: unknown) => Promise<Answer>;

export type Arguments = Readonly<Record<string, unknown>>;

export interface Created {
  /** The path that was written. */
  readonly path: string;
  readonly warnings: readonly string[];
  /** What other resources may refer to. */
  readonly attributes: Arguments;
}

/** What an argument is. */
export type Kind = keyof typeof kinds;

/** A block of arguments, of which a resource holds one. */
export interface Block {
  readonly block: Readonly<Record<string, Kind>>;
}

/** One resource type: which arguments it takes, and the requests that create it. */
export interface ResourceType {
  readonly arguments: Readonly<Record<string, Kind | Block>>;
  readonly required: readonly string[];
  /** Others live in it. */
  readonly isMount?: true;
  create(args: Arguments, send: Sender): Promise<Created>;
}

/** Stricter than Terraform, which turns numbers into text and back: what is printed should be of the right type. */
export const kinds = {
  text: (value: unknown): boolean => typeof value === 'string',
  number: (value: unknown): boolean => typeof value === 'number',
  flag: (value: unknown): boolean => typeof value === 'boolean',
  texts: (value: unknown): boolean => Array.isArray(value) && value.every(item => typeof item === 'string'),
  map: (value: unknown): boolean => isRecord(value) && Object.values(value).every(item => typeof item === 'string'),
};

/** Writes, or says what Vault answered. */
export async function write(
  send: Sender,
  method: string,
  path: string,
  body: unknown,
): Promise<Omit<Created, 'attributes'>> {
  const answer = await send(method, path, body);
  if (answer.status > 299) {
    throw new Error(`${method} ${path} was answered ${answer.status}: ${errorsOf(answer).join('; ')}`);
  }
  return { path, warnings: warningsOf(answer) };
}

/** As the provider's GetOk: what is given, and is not the zero value of its type, which it does not send. */
export function given(args: Arguments, names: readonly string[]): Arguments {
  return Object.fromEntries(names.map(name => [name, args[name]] as const).filter(([, value]) => !isZero(value)));
}

function isZero(value: unknown): boolean {
  if (value === undefined || value === '' || value === 0 || value === false) return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** All arguments but these. */
export function omit(args: Arguments, names: readonly string[]): Arguments {
  return Object.fromEntries(Object.entries(args).filter(([name]) => !names.includes(name)));
}

/** Without slashes at its ends. */
export function trimmed(value: unknown): string {
  return String(value).replace(/^\/+|\/+$/g, '');
}

/** For a URL; slashes stay. */
export function escape(value: unknown): string {
  return String(value).split('/').map(encodeURIComponent).join('/');
}
