import { VaultCdkError } from './error';

/** Who answers for something unwise, and until when. */
export interface AcknowledgeOptions {
  /** Who answers for it: a team or a person. */
  readonly owner: string;
  /** Last day on which it holds, as `YYYY-MM-DD`; after that day it is refused, so that someone looks again. */
  readonly until: string;
}

/** Something unwise that was done on purpose. */
export interface Acknowledgement extends AcknowledgeOptions {
  /** Why it is in order here. */
  readonly reason: string;
}

/** An acknowledgement as {@link acknowledge} would have made it; refuses one that was written by hand and holds for nothing. */
export function checkedAcknowledgement(given: Acknowledgement): Acknowledgement {
  return acknowledge(given.reason, given);
}

/**
 * Says that something unwise is done on purpose: why, who answers for it, and until when.
 *
 * @example
 * ```ts
 * new CsiDelivery({ tls: { skipVerify: acknowledge('a laptop', { owner: 'platform', until: '2027-12-31' }) } });
 * ```
 * @throws VaultCdkError `acknowledge/...` when a part is missing, or when the day is over
 */
export function acknowledge(reason: string, options: AcknowledgeOptions): Acknowledgement {
  const { owner, until } = options;
  const missing = [
    ['a reason', reason],
    ['an owner', owner],
  ].find(([, text]) => text?.trim() === '');
  if (missing) {
    throw new VaultCdkError({
      code: 'acknowledge/incomplete',
      problem: `an acknowledgement needs ${missing[0] ?? ''}`,
      given: { reason, owner, until },
      fix: 'say why it is in order, and who answers for it',
    });
  }
  const day = /^\d{4}-\d{2}-\d{2}$/.test(until) ? new Date(`${until}T23:59:59Z`) : undefined;
  if (!day || Number.isNaN(day.getTime()) || !day.toISOString().startsWith(until)) {
    throw new VaultCdkError({
      code: 'acknowledge/date',
      problem: 'an acknowledgement ends on a day',
      given: until,
      allowed: 'a day as YYYY-MM-DD',
      fix: 'name the day on which someone has to look again',
    });
  }
  if (day.getTime() < Date.now()) {
    throw new VaultCdkError({
      code: 'acknowledge/expired',
      problem: `an acknowledgement is over: ${JSON.stringify(reason)}`,
      given: until,
      allowed: 'a day that is still to come',
      fix: `ask its owner, ${owner}, whether it still holds; then move the day, or do without`,
    });
  }
  return { reason, owner, until };
}
