import { contextVariable, kubectl, word } from './shell';
import type { StackVariable } from './variables';

/**
 * Shell lines that fetch the variables of Terraform runs from the clusters and export them as `TF_VAR_...`. They show no
 * value, go through no file and no argument of a process, and may be sourced.
 */
export function fetchLines(variables: readonly StackVariable[]): readonly string[] {
  if (variables.length === 0) return ['# No stack asks for a variable.'];
  const sources = variables.map(v => v.source);
  const waits = sources.some(s => (s.kind === 'reviewer' || s.kind === 'ca') && s.account?.secret !== undefined);
  return [
    '# Values are secret: they are not traced.',
    'set +x',
    ...(waits ? WAIT_FOR_SECRET : []),
    ...variables.flatMap(linesOf),
  ];
}

/** Kubernetes fills the Secret a moment after it is made. */
const WAIT_FOR_SECRET = [
  '# Context, namespace, Secret, key: waits until Kubernetes has filled the Secret.',
  'vault_cdk_secret() {',
  '  vault_cdk_tries=0',
  '  while [ "$vault_cdk_tries" -lt "${VAULT_CDK_TRIES:-30}" ]; do',
  '    vault_cdk_encoded=$(kubectl --context "$1" get secret "$3" -n "$2" -o jsonpath="{.data.$4}") || return 1',
  '    if [ -n "$vault_cdk_encoded" ]; then',
  '      printf \'%s\' "$vault_cdk_encoded" | base64 -d',
  '      return',
  '    fi',
  '    vault_cdk_tries=$((vault_cdk_tries + 1))',
  '    sleep 1',
  '  done',
  '  return 1',
  '}',
];

function linesOf({ stack, name, source }: StackVariable): readonly string[] {
  const variable = `TF_VAR_${name}`;
  if (source.kind === 'given') return givenLines(stack, name, source.description);
  const { cluster } = source;
  const context = `"$${contextVariable(cluster)}"`;
  if (source.kind === 'host') {
    const view = `${kubectl(cluster)} config view --minify -o jsonpath='{.clusters[0].cluster.server}'`;
    return [
      '',
      `# ${name}, of the stack ${stack}: as the kubeconfig has it, unless it is set already.`,
      `[ -n "\${${variable}:-}" ] || ${variable}=$(${view}) || ${variable}=''`,
      ...needed(variable, `no address of the API server of cluster ${cluster}: is there a context ${context}?`),
      `case $${variable} in`,
      `  https://127.* | https://localhost* | https://\\[::1\\]*)`,
      `    echo ${word(`vault-cdk: the API server of cluster ${cluster} has an address of this machine alone; if Vault is elsewhere, set ${variable} to the one that it reaches`)} >&2`,
      '    ;;',
      'esac',
    ];
  }
  const { account } = source;
  const fetch =
    account?.secret === undefined
      ? source.kind === 'ca'
        ? `${kubectl(cluster)} get configmap kube-root-ca.crt -n ${account?.namespace ?? 'default'} -o jsonpath='{.data.ca\\.crt}'`
        : `${kubectl(cluster)} create token ${source.account.name} -n ${source.account.namespace} --duration "\${TOKEN_DURATION:-720h}"`
      : `vault_cdk_secret ${context} ${account.namespace} ${account.secret} ${source.kind === 'ca' ? "'ca\\.crt'" : 'token'}`;
  const what =
    source.kind === 'ca'
      ? `no CA of the API server of cluster ${cluster}`
      : `no token of ${source.account.namespace}/${source.account.name} of cluster ${cluster}`;
  return [
    '',
    `# ${name}, of the stack ${stack}.`,
    `${variable}=$(${fetch}) || ${variable}=''`,
    ...needed(variable, `${what}: apply its platform manifests first`),
  ];
}

/** Fails in words, also where the lines are sourced: there, `exit` would end the shell of whoever sources them. */
function needed(variable: string, complaint: string): readonly string[] {
  return [
    `if [ -z "$${variable}" ]; then`,
    `  echo "vault-cdk: ${complaint.replaceAll('"', '')}" >&2`,
    '  return 1 2>/dev/null || exit 1',
    'fi',
    `export ${variable}`,
  ];
}

function givenLines(stack: string, name: string, description: string | undefined): readonly string[] {
  const what = `# ${name}, of the stack ${stack}: ${(description ?? 'yours').replace(/\s+/g, ' ')}.`;
  // A shell has no variable with such a name.
  if (!/^\w+$/.test(name)) return ['', what, `# Pass it: terraform apply -var ${word(`${name}=...`)}`];
  return [
    '',
    what,
    `if [ -z "\${TF_VAR_${name}:-}" ]; then`,
    `  echo 'vault-cdk: set and export TF_VAR_${name} first' >&2`,
    '  return 1 2>/dev/null || exit 1',
    'fi',
  ];
}
