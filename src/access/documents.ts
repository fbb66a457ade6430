import type { Manifest } from '../core/patch';
import type { Origin } from '../errors/finding';

/**
 * One printed document: what every judgement is made of. It comes from memory before it is written, or from files,
 * ours or anyone's; the reader does not know the difference.
 */
export interface PrintedDocument {
  /** Terraform JSON, or one Kubernetes manifest. */
  readonly format: 'terraform' | 'kubernetes';
  /** Where it is. */
  readonly origin: Origin;
  /** Its content. */
  readonly value: Manifest;
  /** Folder of a manifest: its cluster. Name of a Terraform file's folder: its stack. */
  readonly group: string;
  /**
   * Where a part of the document is, by key.
   * @default - the whole document's place
   */
  readonly locate?: (...keys: readonly string[]) => Origin;
  /**
   * Where a line of a text inside the document is, such as of the YAML in a SecretProviderClass.
   * @default - the place of the text
   */
  readonly locateLine?: (line: number, ...keys: readonly string[]) => Origin;
}

/** Where a part of a document is, by key; list items are counted from 0. */
export function placeIn(document: PrintedDocument, ...keys: readonly (string | number)[]): Origin {
  return document.locate?.(...keys.map(String)) ?? document.origin;
}

/** Something that cannot be read from the documents, such as a Terraform variable. */
export interface Unknown {
  /** What stands there instead. */
  readonly unknown: string;
}

/** A value, or the reason why it is not known. */
export type Known<T> = T | Unknown;

/** Whether a value is known. */
export function isKnown<T>(value: Known<T>): value is T {
  return !(typeof value === 'object' && value !== null && 'unknown' in value);
}

/** An object's member that is an object; empty where there is none. */
export function part(of: unknown, key: string): Manifest {
  const value = typeof of === 'object' && of !== null ? (of as Manifest)[key] : undefined;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Manifest) : {};
}

/** An object's member that is a list; empty where there is none. */
export function listOf(of: unknown, key: string): readonly unknown[] {
  const value = typeof of === 'object' && of !== null ? (of as Manifest)[key] : undefined;
  return Array.isArray(value) ? value : [];
}

/** An object's member that is a text. */
export function textOf(of: unknown, key: string): string | undefined {
  const value = typeof of === 'object' && of !== null ? (of as Manifest)[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** An annotation of a manifest. */
export function annotationOf(manifest: unknown, name: string): string | undefined {
  return textOf(part(part(manifest, 'metadata'), 'annotations'), name);
}
