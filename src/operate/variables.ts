import { annotationOf, part, type PrintedDocument, textOf } from '../access/documents';
import { VARIABLES } from '../kubernetes/api-server';
import { STACK_ANNOTATION } from '../kubernetes/stack-annotation';

/** A service account that reviews for one Vault. */
interface ReviewerAccount {
  readonly namespace: string;
  readonly name: string;
  /** Name of the Secret with its token. */
  readonly secret: string | undefined;
}

/** Where the value of a Terraform variable comes from. */
export type VariableSource =
  | { readonly kind: 'host'; readonly cluster: string }
  | { readonly kind: 'ca'; readonly cluster: string; readonly account: ReviewerAccount | undefined }
  | { readonly kind: 'reviewer'; readonly cluster: string; readonly account: ReviewerAccount }
  | { readonly kind: 'given'; readonly description: string | undefined };

/** A variable that a Terraform run must be given. */
export interface StackVariable {
  /** The Terraform stack. */
  readonly stack: string;
  /** Its name, without `TF_VAR_`. */
  readonly name: string;
  /** Where its value comes from. */
  readonly source: VariableSource;
}

/** Every variable without a default, of every stack. */
export function stackVariables(documents: readonly PrintedDocument[]): readonly StackVariable[] {
  const clusters = [...new Set(documents.filter(d => d.format === 'kubernetes').map(d => d.group))]
    .filter(c => c !== '')
    .sort();
  return documents
    .filter(d => d.format === 'terraform')
    .flatMap(({ group: stack, value }) =>
      Object.entries(part(value, 'variable'))
        .filter(([, block]) => (block as { readonly default?: unknown }).default === undefined)
        .map(([name, block]) => ({
          stack,
          name,
          source: sourceOf(name, clusters, cluster => reviewerOf(documents, stack, cluster)) ?? {
            kind: 'given' as const,
            description: textOf(block, 'description'),
          },
        })),
    );
}

function sourceOf(
  name: string,
  clusters: readonly string[],
  reviewer: (cluster: string) => ReviewerAccount | undefined,
): VariableSource | undefined {
  for (const cluster of clusters) {
    const account = reviewer(cluster);
    if (name === VARIABLES.host(cluster)) return { kind: 'host', cluster };
    if (name === VARIABLES.ca(cluster)) return { kind: 'ca', cluster, account };
    if (name === VARIABLES.reviewer(cluster) && account) return { kind: 'reviewer', cluster, account };
  }
  return undefined;
}

/** The account that reviews for the Vault of a stack in a cluster: the binding that lets it names the stack. */
function reviewerOf(
  documents: readonly PrintedDocument[],
  stack: string,
  cluster: string,
): ReviewerAccount | undefined {
  const own = documents.filter(d => d.format === 'kubernetes' && d.group === cluster).map(d => d.value);
  const binding = own.find(
    v =>
      v['kind'] === 'ClusterRoleBinding' && annotationOf(v, STACK_ANNOTATION) === stack && subjectOf(v) !== undefined,
  );
  const account = binding && subjectOf(binding);
  if (!account) return undefined;
  const secret = own.find(
    v =>
      v['type'] === 'kubernetes.io/service-account-token' &&
      annotationOf(v, 'kubernetes.io/service-account.name') === account.name &&
      textOf(part(v, 'metadata'), 'namespace') === account.namespace,
  );
  return { ...account, secret: textOf(part(secret, 'metadata'), 'name') };
}

function subjectOf(binding: unknown): Omit<ReviewerAccount, 'secret'> | undefined {
  const [subject] = (binding as { readonly subjects?: readonly unknown[] }).subjects ?? [];
  const [namespace, name] = [textOf(subject, 'namespace'), textOf(subject, 'name')];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}
