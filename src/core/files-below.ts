import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The paths of all files below a folder, sorted. By their names, since the entries of Node 20.9 do not know their folder. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(path => lstatSync(path).isFile())
    .sort();
}
