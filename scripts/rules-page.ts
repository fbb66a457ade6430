import { recommended } from '../src/rules/pack';

/** The page of the rules, printed from the rules themselves: `npm run docs:rules`. */
export function rulesPage(): string {
  const rules = recommended.map(r =>
    [
      `## ${r.id}: ${r.title}`,
      '',
      `${r.severity === 'error' ? 'Error: the app is refused.' : r.severity === 'warning' ? 'Warning.' : 'Note.'} ${sentence(r.why)}`,
      '',
      ...(r.live === undefined ? [] : [`What you would have seen: ${r.live}`, '']),
      `What to do: ${sentence(r.fix)}`,
    ].join('\n'),
  );
  return `# Rules\n\nPrinted from the rules themselves; do not edit. The ids are part of the public contract: they are never renamed and\nnever used again.\n\n${rules.join('\n\n')}\n`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

if (require.main === module) process.stdout.write(rulesPage());
