import { type Finding, findingText, VaultCdkError, type VaultApp } from 'vault-cdk';

/** The lines of the error with which something is refused. */
export function refusal(action: () => unknown): readonly string[] {
  return lines(refused(action).message);
}

/** The error with which something is refused. Anything else that is thrown passes through. */
export function refused(action: () => unknown): VaultCdkError {
  try {
    action();
  } catch (error) {
    if (VaultCdkError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** What one rule says of an app, as people read it. */
export function said(rule: string, app: VaultApp): readonly string[] {
  return textOf(rule, app.judge().findings);
}

/** The findings of one rule, as people read them. */
export function textOf(rule: string, findings: readonly Finding[]): readonly string[] {
  return findings.filter(f => f.id === rule).flatMap(f => lines(findingText(f)));
}

/** A text by line, without the numbers of lines in test files, which move with every edit of a test. */
function lines(text: string): readonly string[] {
  return text.replace(/(\(test\/[\w./-]+\.ts):\d+\)/g, '$1)').split('\n');
}
