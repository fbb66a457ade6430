import type { Chain } from '../access/chain';
import type { PrintedDocument } from '../access/documents';
import type { Finding, Origin, Severity } from '../errors/finding';
import type { PolicyRule } from '../policy/document';

/** What the program that printed the documents meant: one rule of one workload. Known only where that program runs. */
export interface Intent {
  /** The Terraform stack. */
  readonly stack: string;
  /** Path of the auth mount, without `auth/`. */
  readonly mount: string;
  /** The role that was declared. */
  readonly role: string;
  /** Who logs in. */
  readonly namespace: string;
  /** Who logs in. */
  readonly serviceAccount: string;
  /** What was declared. */
  readonly rules: readonly PolicyRule[];
  /** The user's line. */
  readonly at: string;
}

/** A policy that the program knows to exist, and does not print. */
export interface StatedPolicy {
  /** The Terraform stack. */
  readonly stack: string;
  /** Name of the policy. */
  readonly name: string;
}

/** What rules look at. They read; they change nothing. */
export interface Judged {
  /** The facts and their links. */
  readonly chain: Chain;
  /** The documents themselves. */
  readonly documents: readonly PrintedDocument[];
  /**
   * What was meant.
   * @default - not known: the documents were read from files
   */
  readonly intents?: readonly Intent[];
  /**
   * Policies that exist already.
   * @default - not known: the documents were read from files
   */
  readonly statedPolicies?: readonly StatedPolicy[];
}

/** One place where a rule is broken. */
export interface Violation {
  /** What is wrong, with both ends of the broken link named. */
  readonly message: string;
  /** Where. */
  readonly origin: Origin;
  /**
   * What the live system would say here, word for word.
   * @default - what the rule says
   */
  readonly live?: string;
}

/** One thing that is wrong or unwise, with all its text in one place. */
export interface Rule {
  /** Part of the public contract, since people acknowledge findings by it. Never renamed, never reused. */
  readonly id: `VC${number}`;
  /** What is wrong, in general. */
  readonly title: string;
  /** What it leads to. */
  readonly why: string;
  /** What to do about it. */
  readonly fix: string;
  /** How bad it is. */
  readonly severity: Severity;
  /**
   * What the live system would say, word for word.
   * @default - it would not notice
   */
  readonly live?: string;
  /** Every place where the rule is broken; none when there is nothing to say. */
  check(judged: Judged): readonly Violation[];
}

/** Runs rules over what was printed. */
export function judge(rules: readonly Rule[], judged: Judged): readonly Finding[] {
  return rules.flatMap(rule =>
    rule.check(judged).map(({ message, origin, live = rule.live }) => ({
      id: rule.id,
      severity: rule.severity,
      message,
      origin,
      ...(live === undefined ? {} : { live }),
      fix: rule.fix,
    })),
  );
}
