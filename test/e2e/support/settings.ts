import type { ExampleOptions } from './world';

/** Every example, and what it needs beside what it prints. */
export const EXAMPLES: Readonly<Record<string, ExampleOptions>> = {
  quickstart: {},
};
