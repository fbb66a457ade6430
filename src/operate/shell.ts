/** A text as one word of a POSIX shell. */
export function word(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The shell variable that holds the kubectl context of a cluster. */
export function contextVariable(cluster: string): string {
  return `CONTEXT_${cluster.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}

/** `kubectl` for one cluster; for manifests of no cluster, whatever kubectl points at. */
export function kubectl(cluster: string): string {
  return cluster === '' ? 'kubectl' : `kubectl --context "$${contextVariable(cluster)}"`;
}
