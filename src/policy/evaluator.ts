import { type Capability, isReadable, type Policy } from './document';
import { addRule, type Entry } from './entries';
import { namedTwice, refusedParameter, refusesSome } from './parameters';
import { comparePriority, matchesPattern, parsePattern, type Pattern } from './pattern';

/** What a request does, in Vault's terms; `create` or `update` is decided by whether the object exists. */
export type Operation =
  | 'create'
  | 'read'
  | 'update'
  | 'patch'
  | 'delete'
  | 'list'
  | 'recover'
  | 'revoke'
  | 'renew'
  | 'rollback'
  | 'help'
  | 'header';

/** What is known of one engine. */
export interface Mount {
  /** Mount path, without a slash at either end. */
  readonly path: string;
  /** Type of the engine, as `vault secrets list` shows it. */
  readonly type: string;
  /**
   * Version of a KV engine.
   * @default - it has none, or it is not known
   */
  readonly version?: 1 | 2;
}

/** The answer, and what decided it. */
export interface Decision {
  /** `unknown` is neither: something that would decide is not at hand. It is never taken for one of the others. */
  readonly outcome: 'allowed' | 'denied' | 'unknown';
  /**
   * The one path of the policies that decided, as written; Vault uses exactly one.
   * @default - no rule matched
   */
  readonly rule?: string;
  /** The policies that hold that path. */
  readonly policies: readonly string[];
  /** Why, in words. */
  readonly because: string;
}

/**
 * The policies of one token, ready to answer many questions.
 *
 * Source of the semantics: Vault 1.21 `acl.go` and `policy.go`. Exact on path, operation and capability; where a rule
 * carries conditions (wrapping, control groups), where a path is templated, or where a policy could not be read, the
 * answer is "unknown".
 */
export class Acl {
  private readonly exact = new Map<string, Entry>();
  private readonly wildcards: readonly Entry[];
  private readonly templates: readonly Template[];
  private readonly unreadable: string | undefined;

  private readonly mounts: readonly Mount[];

  /** @param mounts - what is known of the engines; whether a path is root-protected can depend on them */
  constructor(policies: readonly Policy[], mounts: readonly Mount[] = []) {
    this.mounts = mounts;
    const wildcards = new Map<string, Entry>();
    const templates: Template[] = [];
    for (const policy of policies.filter(isReadable))
      for (const rule of policy.rules) {
        const pattern = parsePattern(rule.path);
        if (rule.path.includes('{{'))
          templates.push({ prefix: staticPrefix(pattern), policy: policy.name, path: rule.path });
        else addRule(pattern.kind === 'exact' ? this.exact : wildcards, pattern, policy.name, rule);
      }
    this.wildcards = [...wildcards.values()];
    this.templates = templates;
    this.unreadable = policies.map(unreadable).find(reason => reason !== undefined);
  }

  /**
   * Decides one request. A LIST is matched with its trailing slash, which Vault adds where it is missing.
   *
   * @param data - what the request sends; where it is not given and would decide, the answer is "unknown"
   */
  decide(operation: Operation, requestPath: string, data?: Readonly<Record<string, unknown>>): Decision {
    if (operation === 'help') return { outcome: 'allowed', policies: [], because: 'help is open to every token' };
    const bare = requestPath.replace(/^\/+/, '');
    const path = operation === 'list' && !bare.endsWith('/') ? `${bare}/` : bare;
    if (this.unreadable !== undefined) return { outcome: 'unknown', policies: [], because: this.unreadable };
    const template = this.templates.find(t => path.startsWith(t.prefix));
    if (template) return templateDecision(template);
    const entry = this.find(operation, path);
    if (!entry) return { outcome: 'denied', policies: [], because: 'no rule matches' };
    return decideBy(entry, operation, path, { data, mounts: this.mounts });
  }

  /** The one entry that applies: exact, for LIST also without the slash, then the best wildcard. */
  private find(operation: Operation, path: string): Entry | undefined {
    const exact = this.exact.get(path);
    if (exact) return exact;
    if (operation !== 'list') return this.best(path);
    const trimmed = path.slice(0, -1);
    return this.exact.get(trimmed) ?? this.best(trimmed) ?? this.best(path);
  }

  private best(path: string): Entry | undefined {
    let winner: Entry | undefined;
    for (const entry of this.wildcards)
      if (matchesPattern(entry.pattern, path) && (!winner || comparePriority(entry.pattern, winner.pattern) > 0))
        winner = entry;
    return winner;
  }
}

/** Decides one request of a token that carries these policies. For many requests, make one {@link Acl}. */
export function decide(
  policies: readonly Policy[],
  operation: Operation,
  path: string,
  data?: Readonly<Record<string, unknown>>,
): Decision {
  return new Acl(policies).decide(operation, path, data);
}

interface Template {
  readonly prefix: string;
  readonly policy: string;
  readonly path: string;
}

/** Why nothing is certain of a policy: its text was not understood, or Vault itself takes it now so, now so. */
function unreadable(policy: Policy): string | undefined {
  if (!isReadable(policy)) return `policy "${policy.name}" is not known: ${policy.unreadable}`;
  for (const { path, parameters = {} } of policy.rules) {
    const { allowed = {}, denied = {} } = parameters;
    const twice = namedTwice(Object.keys(allowed)) ?? namedTwice(Object.keys(denied));
    if (twice !== undefined) return `policy "${policy.name}" is not known: the rule for "${path}" ${twice}`;
  }
  return undefined;
}

/** What a templated rule can match starts with the text before its first `{{` or wildcard. */
function staticPrefix(pattern: Pattern): string {
  return pattern.key.slice(0, pattern.key.search(/\{\{|\+|\*/));
}

function templateDecision({ policy, path }: Template): Decision {
  const because = `"${path}" is templated: what it matches depends on the identity of the token`;
  return { outcome: 'unknown', rule: path, policies: [policy], because };
}

const NEEDED: Readonly<Record<Exclude<Operation, 'help' | 'header'>, Capability>> = {
  create: 'create',
  read: 'read',
  update: 'update',
  patch: 'patch',
  delete: 'delete',
  list: 'list',
  recover: 'recover',
  revoke: 'update',
  renew: 'update',
  rollback: 'update',
};

function decideBy(
  entry: Entry,
  operation: Exclude<Operation, 'help'>,
  path: string,
  { data, mounts }: { readonly data: Readonly<Record<string, unknown>> | undefined; readonly mounts: readonly Mount[] },
): Decision {
  const found = { rule: entry.path, policies: [...entry.policies].sort() };
  const no = (because: string): Decision => ({ outcome: 'denied', ...found, because });
  if (operation === 'header') return no('HEAD is never allowed');
  if (entry.capabilities.has('deny')) return no('the rule denies');
  const needed = NEEDED[operation];
  if (!entry.capabilities.has(needed)) return no(`the rule lacks "${needed}"`);
  if (entry.conditions.size > 0) {
    const because = `the rule has conditions that are not evaluated: ${[...entry.conditions].sort().join(', ')}`;
    return { outcome: 'unknown', ...found, because };
  }
  if (CHECKS_PARAMETERS.includes(operation) && refusesSome(entry.parameters)) {
    if (data === undefined)
      return { outcome: 'unknown', ...found, because: 'it depends on what the request sends, which is not known' };
    const refused = refusedParameter(entry.parameters, data);
    if (refused !== undefined) return no(refused);
  }
  if (!entry.capabilities.has('sudo')) {
    const guarded = rootProtection(path, mounts);
    if (guarded === 'yes') return no('the path is root-protected and the rule lacks "sudo"');
    if (guarded === 'unknown')
      return { outcome: 'unknown', ...found, because: 'some mounts ask for "sudo" on this path' };
  }
  return { outcome: 'allowed', ...found, because: `the rule has "${needed}"` };
}

/** The operations whose parameters Vault looks at. */
const CHECKS_PARAMETERS: readonly Operation[] = ['read', 'update', 'create', 'patch', 'recover'];

/** Paths that need `sudo` beside the capability. Source: Vault 1.21, `PathsSpecial.Root` of the system and token backends. */
const ROOT_PROTECTED = [
  'auth/token/accessors/',
  'auth/token/revoke-orphan',
  'sys/audit',
  'sys/audit/*',
  'sys/auth/*',
  'sys/config/auditing/*',
  'sys/config/cors',
  'sys/config/ui/headers/*',
  'sys/internal/counters/activity/export',
  'sys/internal/inspect/*',
  'sys/leases',
  'sys/leases/lookup/*',
  'sys/leases/revoke-force/*',
  'sys/leases/revoke-prefix/*',
  'sys/plugins/catalog/*',
  'sys/plugins/runtimes/catalog/*',
  'sys/raw',
  'sys/raw/*',
  'sys/remount',
  'sys/reporting/scan',
  'sys/revoke-force/*',
  'sys/revoke-prefix/*',
  'sys/rotate',
  'sys/seal',
  'sys/step-down',
  'sys/storage/raft/snapshot-auto/config/*',
].map(parsePattern);

/** Whether a path needs `sudo`. On a PKI mount `root` does, and so do some replication paths: the path alone does not tell. */
export function rootProtection(path: string, mounts: readonly Mount[]): 'yes' | 'no' | 'unknown' {
  if (ROOT_PROTECTED.some(pattern => matchesPattern(pattern, path))) return 'yes';
  if (path.startsWith('sys/')) return path.startsWith('sys/replication/') ? 'unknown' : 'no';
  if (!/\/root(\/sign-self-issued)?$/.test(path)) return 'no';
  const mount = mounts.find(m => path.startsWith(`${m.path}/`));
  if (!mount) return 'unknown';
  return mount.type === 'pki' && /^root(\/sign-self-issued)?$/.test(path.slice(mount.path.length + 1)) ? 'yes' : 'no';
}
