import { isIP } from 'node:net';
import type { Duration } from '../core/duration';
import { VaultCdkError } from '../errors/error';

const HOUR = 3600;

/** What a token is to Vault: `service` is stored, renewed and revoked; `batch` is none of it, and costs no storage. */
export type TokenType = 'service' | 'batch';

/**
 * What the token of a login is like.
 *
 * Source: [Vault: tokens](https://developer.hashicorp.com/vault/docs/concepts/tokens#token-time-to-live-periodic-tokens-and-explicit-max-ttls).
 */
export interface TokenOptions {
  /**
   * How long a login lasts before it is renewed.
   * @default Duration.hours(1)
   */
  readonly tokenTtl?: Duration;
  /**
   * How long a login lasts with all its renewals.
   * @default Duration.hours(24), or `tokenExplicitMaxTtl`
   */
  readonly tokenMaxTtl?: Duration;
  /**
   * Makes the token periodic: it lasts this long, and is renewed without end. Takes the place of the two above.
   * @default - the token ends with `tokenMaxTtl`
   */
  readonly tokenPeriod?: Duration;
  /**
   * How long a login lasts whatever renews it, a periodic one too. Fixed when the token is made.
   * @default - none
   */
  readonly tokenExplicitMaxTtl?: Duration;
  /**
   * The addresses that may log in and use the token: of whoever talks to Vault, which with CSI is the provider on the node.
   * @default - any
   */
  readonly tokenBoundCidrs?: readonly string[];
  /**
   * How many requests the token is good for.
   * @default - any number
   */
  readonly tokenNumUses?: number;
  /**
   * Which type the token is of.
   * @default 'service'
   */
  readonly tokenType?: TokenType;
}

/** Arguments of a role in Terraform, in seconds. */
export interface TokenSettings {
  readonly tokenType: TokenType;
  readonly tokenTtl: number;
  readonly tokenMaxTtl?: number;
  readonly tokenPeriod?: number;
  readonly tokenExplicitMaxTtl?: number;
  readonly tokenBoundCidrs?: string[];
  readonly tokenNumUses?: number;
}

/** What was said of tokens, as plain values: lengths in seconds. */
export function statedTokenSettings(options: TokenOptions): Partial<TokenSettings> {
  const seconds = (d: Duration | undefined): number | undefined => d?.toSeconds();
  return defined({
    tokenType: options.tokenType,
    tokenTtl: seconds(options.tokenTtl),
    tokenMaxTtl: seconds(options.tokenMaxTtl),
    tokenPeriod: seconds(options.tokenPeriod),
    tokenExplicitMaxTtl: seconds(options.tokenExplicitMaxTtl),
    tokenBoundCidrs: options.tokenBoundCidrs && [...options.tokenBoundCidrs],
    tokenNumUses: options.tokenNumUses,
  });
}

/**
 * The arguments for these options; refuses what Vault refuses, and what it ignores.
 *
 * @param maxTtl - seconds that a login lasts with all renewals where nothing is said; undefined: as the mount says
 */
export function tokenSettings(
  options: TokenOptions,
  { at, maxTtl }: { readonly at: string; readonly maxTtl: number | undefined },
): TokenSettings {
  const stated = statedTokenSettings(options);
  assertCidrs(stated, at);
  assertUses(stated, at);
  const { tokenType = 'service', tokenPeriod, tokenExplicitMaxTtl } = stated;
  if (tokenPeriod !== undefined) {
    assertPeriodic(stated, at);
    // Said with zeros, so that a role that had lifetimes before loses them.
    return { ...stated, tokenType, tokenTtl: 0, tokenMaxTtl: 0 };
  }
  const tokenTtl = stated.tokenTtl ?? HOUR;
  assertBatch(stated, tokenTtl, at);
  const tokenMaxTtl = stated.tokenMaxTtl ?? tokenExplicitMaxTtl ?? (tokenType === 'batch' ? tokenTtl : maxTtl);
  const longest = Math.min(tokenMaxTtl ?? Infinity, tokenExplicitMaxTtl ?? Infinity);
  if (tokenTtl <= 0 || tokenTtl > longest) {
    throw new VaultCdkError({
      code: 'workload/token-ttl',
      problem: 'a login would last longer before its renewal than with all renewals, or not at all',
      at,
      given: defined({ tokenTtl, tokenMaxTtl, tokenExplicitMaxTtl }),
      allowed: '0 < tokenTtl <= tokenMaxTtl, in seconds',
      live: "'token_ttl' cannot be greater than 'token_max_ttl'",
      fix: 'shorten `tokenTtl`, or lengthen `tokenMaxTtl`',
    });
  }
  return { ...stated, tokenType, tokenTtl, ...defined({ tokenMaxTtl }) };
}

/** A periodic token has no other lifetime, and is no batch token. */
function assertPeriodic(stated: Partial<TokenSettings>, at: string): void {
  const { tokenType, tokenTtl, tokenMaxTtl, tokenPeriod = 0, tokenExplicitMaxTtl } = stated;
  if (tokenType === 'batch') throw noBatch({ tokenType, tokenPeriod }, 'when set to generate periodic tokens', at);
  if (tokenTtl !== undefined || tokenMaxTtl !== undefined) {
    throw new VaultCdkError({
      code: 'vault/token-period',
      problem: 'a periodic token is renewed without end, and has no other lifetime',
      at,
      given: defined({ tokenPeriod, tokenTtl, tokenMaxTtl }),
      allowed: '`tokenPeriod` alone, or with `tokenExplicitMaxTtl` for an end',
      live: 'silently ignored: the token lives for its period again and again, past `token_max_ttl`',
      fix: 'drop `tokenTtl` and `tokenMaxTtl`, or `tokenPeriod`',
    });
  }
  if (tokenPeriod > 0 && tokenPeriod <= (tokenExplicitMaxTtl ?? Infinity)) return;
  throw new VaultCdkError({
    code: 'vault/token-period',
    problem: 'the period of a token is none, or longer than the token may ever live',
    at,
    given: defined({ tokenPeriod, tokenExplicitMaxTtl }),
    allowed: '0 < tokenPeriod <= tokenExplicitMaxTtl, in seconds',
    live: 'period of "..." exceeded the effective max_ttl of "..."; period value is capped accordingly',
    fix: 'shorten `tokenPeriod`, or drop it',
  });
}

/** A batch token is not renewed and not counted. */
function assertBatch(
  { tokenType, tokenMaxTtl, tokenNumUses }: Partial<TokenSettings>,
  tokenTtl: number,
  at: string,
): void {
  if (tokenType !== 'batch') return;
  if (tokenNumUses !== undefined)
    throw noBatch({ tokenType, tokenNumUses }, 'when set to generate tokens with limited use count', at);
  if (tokenMaxTtl === undefined || tokenMaxTtl === tokenTtl) return;
  throw new VaultCdkError({
    code: 'vault/token-batch',
    problem: 'a batch token cannot be renewed, so it lasts as long as `tokenTtl` says and no longer',
    at,
    given: { tokenTtl, tokenMaxTtl },
    allowed: '`tokenTtl` alone',
    live: '400 batch tokens cannot be renewed',
    fix: 'drop `tokenMaxTtl`, or the batch type',
  });
}

function noBatch(given: Partial<TokenSettings>, why: string, at: string): VaultCdkError {
  return new VaultCdkError({
    code: 'vault/token-batch',
    problem: 'a batch token is not stored, so Vault can neither renew it nor count its uses',
    at,
    given,
    allowed: 'a service token, or neither of `tokenPeriod` and `tokenNumUses`',
    live: `'token_type' cannot be 'batch' or 'default_batch' ${why}`,
    fix: 'drop the batch type, or the other setting',
  });
}

function assertUses({ tokenNumUses }: Partial<TokenSettings>, at: string): void {
  if (tokenNumUses === undefined || (Number.isInteger(tokenNumUses) && tokenNumUses > 0)) return;
  throw new VaultCdkError({
    code: 'vault/token-uses',
    problem: 'the number of uses of a token is not a number of uses',
    at,
    given: tokenNumUses,
    allowed: 'a whole number from 1',
    live: "'token_num_uses' cannot be negative; 0 is silently taken for any number",
    fix: 'drop `tokenNumUses`, or give a whole number',
  });
}

function assertCidrs({ tokenBoundCidrs }: Partial<TokenSettings>, at: string): void {
  const bad = tokenBoundCidrs?.find(c => !isAddress(c));
  if (tokenBoundCidrs === undefined || (tokenBoundCidrs.length > 0 && bad === undefined)) return;
  throw new VaultCdkError({
    code: 'vault/token-cidrs',
    problem: bad === undefined ? 'a token is bound to no address' : 'a token is bound to something that is no address',
    at,
    given: bad ?? tokenBoundCidrs,
    allowed: 'addresses or blocks of addresses, e.g. "10.0.0.0/8"',
    live:
      bad === undefined
        ? 'silently ignored: an empty list binds to nothing, and any address may log in'
        : `Unable to convert ${JSON.stringify(bad)} to an IPv4 or IPv6 address, or a UNIX Socket`,
    fix: 'write each as address/bits, or drop `tokenBoundCidrs`',
  });
}

function isAddress(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function defined<T extends object>(values: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined)) as Partial<T>;
}
