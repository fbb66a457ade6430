import { messageOf } from '../errors/error';

/** Why a text is not JSON. */
export interface JsonFault {
  /** In the words of the engine, without what it quotes of the text: that may be secret. */
  readonly reason: string;
  /**
   * Line, from 1.
   * @default - the engine does not say it
   */
  readonly line?: number;
}

/** What `JSON.parse` complained of, said alike by every version of Node. */
export function jsonFault(text: string, error: unknown): JsonFault {
  const message = messageOf(error);
  const [, reason = message, position] = /^(.*?)(?:, (?:\.\.\.)?"| in JSON at position (\d+))/s.exec(message) ?? [];
  if (position === undefined) return { reason };
  return { reason, line: text.slice(0, Number(position)).split('\n').length };
}
