import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import {
  CAPABILITIES,
  type Capability,
  type Policy,
  type PolicyDocument,
  type PolicyRule,
} from '../../src/policy/document';
import { Acl, decide, type Decision, type Mount, type Operation } from '../../src/policy/evaluator';
import type { ParameterMap, ParameterRules, ParameterValue } from '../../src/policy/parameters';
import {
  Ca,
  CsiDelivery,
  KubernetesAuth,
  KubernetesCluster,
  KvEngine,
  State,
  toFile,
  VaultApp,
  VaultServer,
  Workload,
} from '../../src';

/** `kv/a: read list` is a rule; what stands behind `|` are its conditions. */
function rule(line: string): PolicyRule {
  const [, path = '', capabilities = '', conditions = ''] = /^(.*): ?([a-z ]*)(?:\| (.*))?$/.exec(line) ?? [];
  const words = (text: string) => text.split(' ').filter(w => w !== '');
  const plain = { path, capabilities: words(capabilities) as Capability[] };
  return conditions === '' ? plain : { ...plain, conditions: words(conditions) };
}

const policy = (name: string, ...lines: readonly string[]): PolicyDocument => ({ name, rules: lines.map(rule) });
const unreadable: Policy = { name: 'imported', unreadable: 'its text is not at hand' };

const OPERATIONS: readonly Operation[] = [
  'create',
  'read',
  'update',
  'patch',
  'delete',
  'list',
  'recover',
  'revoke',
  'renew',
  'rollback',
  'help',
  'header',
];

describe('what a real Vault answered', () => {
  interface VectorRule extends PolicyRule {
    readonly policy?: string;
    readonly allowed_parameters?: ParameterMap;
    readonly denied_parameters?: ParameterMap;
    readonly required_parameters?: readonly string[];
  }
  interface VectorPolicy {
    readonly ns?: string;
    readonly rules: readonly VectorRule[];
  }
  interface Case {
    readonly op: Operation;
    readonly path: string;
    readonly ns?: string;
    readonly data?: Readonly<Record<string, unknown>>;
    readonly expect: 'allow' | 'deny';
  }
  interface Vector {
    readonly id: string;
    readonly title: string;
    readonly policies: readonly VectorPolicy[];
    readonly cases: readonly Case[];
  }
  const file = readFileSync(join(__dirname, '../vectors/acl.json'), 'utf8');
  const { vectors } = JSON.parse(file) as { readonly vectors: readonly Vector[] };

  /** What we decide on; every other attribute of a stanza is a condition. */
  const DECIDED = ['path', 'capabilities', 'comment', 'allowed_parameters', 'denied_parameters', 'required_parameters'];

  function ruleOf(r: VectorRule, ns: string): PolicyRule {
    return {
      // A namespace stands before the paths of its policies, as it does before the paths of its requests.
      path: ns === '' ? r.path : ns + r.path.replace(/^\//, ''),
      capabilities: r.capabilities,
      parameters: {
        ...(r.allowed_parameters && { allowed: r.allowed_parameters }),
        ...(r.denied_parameters && { denied: r.denied_parameters }),
        ...(r.required_parameters && { required: r.required_parameters }),
      },
      conditions: Object.keys(r).filter(k => !DECIDED.includes(k)),
    };
  }

  function policyOf({ ns = '', rules }: VectorPolicy, index: number): Policy {
    const name = `policy-${index}`;
    if (rules.some(r => r.policy !== undefined)) return { name, unreadable: 'a stanza has the old attribute "policy"' };
    return { name, rules: rules.map(r => ruleOf(r, ns)) };
  }

  const reasonOf = ({ because }: Decision): string => {
    if (because.includes('is templated')) return 'template';
    if (because.includes('conditions')) return 'conditions';
    return because.includes('is not known') ? 'unreadable' : because;
  };

  const answers = vectors.map(({ id, title, policies, cases }) => {
    const acl = new Acl(policies.map(policyOf));
    const answered = cases.map(c => ({ ...c, decision: acl.decide(c.op, (c.ns ?? '') + c.path, c.data ?? {}) }));
    return { id, title, answered };
  });

  test.each(answers.map(a => [a.id, a.title, a.answered] as const))(
    '%s: %s: our answer is the same or "unknown", never the opposite',
    (_id, _title, answered) => {
      const opposite = { allow: 'denied', deny: 'allowed' };
      const wrong = answered.filter(({ decision, expect: live }) => decision.outcome === opposite[live]);
      expect(wrong).toEqual([]);
    },
  );

  test('105 of 128 are decided, and what is unknown is unknown for the reason that is listed', () => {
    const all = answers.flatMap(a => a.answered);
    const unknown = answers.flatMap(({ id, answered }) => {
      const reasons = answered.filter(a => a.decision.outcome === 'unknown').map(a => reasonOf(a.decision));
      if (reasons.length === 0) return [];
      return [[id, `${reasons.length} of ${answered.length}: ${[...new Set(reasons)].join(', ')}`]];
    });
    expect(Object.fromEntries(unknown)).toEqual({
      G06: '5 of 5: unreadable',
      G12: '3 of 3: conditions',
      T02: '3 of 3: template',
      T04: '1 of 1: template',
      T05: '2 of 2: template',
      T09: '1 of 1: template',
      T10: '3 of 3: template',
      T11: '1 of 1: template',
      W01: '4 of 4: conditions',
    });
    expect([all.filter(a => a.decision.outcome !== 'unknown').length, all.length]).toEqual([105, 128]);
  });

  test('what sys/capabilities answers is no measure for a request: it looks a path up as if for LIST', () => {
    const k01 = policy('k01', 'kv/app: read list');
    // sys/capabilities says "list, read" of "kv/app/", and GET kv/app/ is refused.
    expect(decide([k01], 'read', 'kv/app/').outcome).toBe('denied');
    expect(decide([k01], 'list', 'kv/app/').outcome).toBe('allowed');
  });
});

type Row = readonly [rules: readonly string[], operation: Operation, path: string, outcome: Decision['outcome']];

const table = (rows: readonly Row[]) =>
  test.each(rows)('%j: %s %s is %s', (rules, operation, path, outcome) => {
    expect(decide([policy('p', ...rules)], operation, path).outcome).toBe(outcome);
  });

describe('the one rule that decides', () => {
  test('is named, with the policies that hold it and the reason', () => {
    const policies = [policy('b', 'kv/*: read', 'kv/data/x: read'), policy('a', '/kv/data/x: list')];
    expect(decide(policies, 'read', 'kv/data/x')).toEqual({
      outcome: 'allowed',
      rule: 'kv/data/x',
      policies: ['a', 'b'],
      because: 'the rule has "read"',
    });
    expect(decide(policies, 'delete', '/kv/data/x')).toEqual({
      outcome: 'denied',
      rule: 'kv/data/x',
      policies: ['a', 'b'],
      because: 'the rule lacks "delete"',
    });
    expect(decide(policies, 'read', 'other')).toEqual({
      outcome: 'denied',
      policies: [],
      because: 'no rule matches',
    });
  });

  describe('is an exact path before any wildcard, and the others add and take nothing', () => {
    table([
      [['kv/a: list', 'kv/*: read'], 'read', 'kv/a', 'denied'],
      [['kv/a: read', 'kv/*: deny'], 'read', 'kv/a', 'allowed'],
      [['kv/a: read', 'kv/*: deny'], 'read', 'kv/b', 'denied'],
      [['kv/a: deny', 'kv/*: read'], 'read', 'kv/a', 'denied'],
      [['kv/a: deny', 'kv/*: read'], 'read', 'kv/a/b', 'allowed'],
      [['kv/+: deny', 'kv/*: read'], 'read', 'kv/a/b', 'allowed'],
      [['kv/x/*: read', '*: create read update delete list sudo'], 'update', 'kv/x/y', 'denied'],
      [['kv/a:', 'kv/*: read'], 'read', 'kv/a', 'denied'],
      [[], 'read', 'kv/a', 'denied'],
    ]);
  });

  describe('is found under the path without its leading slashes', () => {
    table([
      [['/kv/a: read'], 'read', 'kv/a', 'allowed'],
      [['kv/a: read'], 'read', '/kv/a', 'allowed'],
      [['kv/a: read'], 'read', '///kv/a', 'allowed'],
      [['//kv/a: read'], 'read', '/kv/a', 'denied'],
      [['kv/a: read'], 'read', 'kv/a/', 'denied'],
      [['kv/a/: read'], 'read', 'kv/a', 'denied'],
    ]);
  });
});

describe('of several wildcards one wins, by five questions; the first that tells them apart decides', () => {
  // Both match, one allows: whichever wins shows in the answer.
  test.each([
    ['the first wildcard stands later', 'foo/a*', 'foo/+/bar', 'foo/abc/bar'],
    ['the first wildcard stands later', 'foo/bar/+', 'foo/+/bar', 'foo/bar/bar'],
    ['the first wildcard stands later, of two prefixes', 'foo/bar*', 'foo/*', 'foo/bar'],
    ['the first wildcard stands later, though it is a glob', 'foo/bar*', 'foo/+', 'foo/bar'],
    ['a "+" inside a segment counts as the first wildcard too', 'a+b/*', 'a+b/+/c', 'a+b/x/c'],
    ['it does not end in "*"', 'foo/+', 'foo/*', 'foo/bar'],
    ['it does not end in "*", though it has more "+"', 'foo/+/+', 'foo/+/*', 'foo/a/b'],
    ['it has fewer "+"', 'a/+/b/c', 'a/+/+/c', 'a/x/b/c'],
    ['it has fewer "+", a prefix none', 'foo/*', 'foo/+/private/*', 'foo/x/private/y'],
    ['it has fewer "+", though it is shorter', 'a/+/b/*', 'a/+/+/cc*', 'a/x/b/ccc'],
    ['it is longer', 'foo/+/ba*', 'foo/+/b*', 'foo/x/baz'],
    ['it is the greater text', 'a/+/b/+', 'a/+/+/c', 'a/x/b/c'],
  ] as const)('%s: %s before %s', (_, winner, loser, path) => {
    expect(decide([policy('p', `${winner}: read`, `${loser}: deny`)], 'read', path)).toMatchObject({ rule: winner });
    expect(decide([policy('p', `${loser}: deny`, `${winner}: read`)], 'read', path)).toMatchObject({ rule: winner });
  });

  // Seen on Vault 1.21.1: GET is 200 and PUT is 403.
  test('lengths are those in bytes, as Vault counts them', () => {
    const p = policy('p', 'a/+/éé/+: read', 'a/+/+/abc: update');
    expect(decide([p], 'read', 'a/x/éé/abc').outcome).toBe('allowed');
    expect(decide([p], 'update', 'a/x/éé/abc').outcome).toBe('denied');
  });
});

describe('a LIST', () => {
  describe('has a slash at its end, whoever writes it, and is looked up without it too', () => {
    table([
      [['kv/app/: list'], 'list', 'kv/app', 'allowed'],
      [['kv/app/: list'], 'list', 'kv/app/', 'allowed'],
      [['kv/app: list'], 'list', 'kv/app', 'allowed'],
      [['kv/app: list'], 'list', 'kv/app/', 'allowed'],
      [['kv/app/*: list'], 'list', 'kv/app', 'allowed'],
      [['kv/app/*: list'], 'list', 'kv/', 'denied'],
      [['kv/app*: list'], 'list', 'kv/apple', 'allowed'],
      [['kv/+: list'], 'list', 'kv', 'allowed'],
      [['kv/+: list'], 'list', 'kv/a', 'allowed'],
      [['+/sys/policies/acl: list'], 'list', 'ns1/sys/policies/acl', 'allowed'],
      [['kv/app: read'], 'list', 'kv/app', 'denied'],
    ]);
  });

  describe('asks in this order: exact, exact without the slash, wildcard without the slash, wildcard', () => {
    table([
      [['kv/app/: deny', 'kv/app: list'], 'list', 'kv/app', 'denied'],
      [['kv/app: deny', 'kv/+/: list'], 'list', 'kv/app', 'denied'],
      [['kv/*: list', 'kv/priv/*: deny'], 'list', 'kv/priv', 'allowed'],
      [['kv/*: list', 'kv/priv/*: deny'], 'list', 'kv/priv/x', 'denied'],
      [['kv/*: list', 'kv/priv/*: deny', 'kv/priv/: deny'], 'list', 'kv/priv', 'denied'],
    ]);
  });

  describe('is the only operation that is looked up without its slash', () => {
    table([
      [['kv/app: read'], 'read', 'kv/app/', 'denied'],
      [['kv/app: delete'], 'delete', 'kv/app/', 'denied'],
    ]);
  });
});

describe('rules with one path', () => {
  const acl = (...policies: readonly Policy[]) => new Acl(policies);

  test('merge across stanzas and policies: each adds its capabilities', () => {
    const merged = acl(policy('a', 'kv/a: read', 'kv/a: list'), policy('b', '/kv/a: update'));
    expect(OPERATIONS.filter(op => merged.decide(op, 'kv/a').outcome === 'allowed')).toEqual([
      'read',
      'update',
      'list',
      'revoke',
      'renew',
      'rollback',
      'help',
    ]);
    expect(merged.decide('update', 'kv/a').policies).toEqual(['a', 'b']);
  });

  test('are denied altogether when one of them denies', () => {
    const merged = acl(policy('a', 'kv/*: read sudo'), policy('b', 'kv/*: deny'), policy('c', 'kv/*: read update'));
    expect(OPERATIONS.filter(op => merged.decide(op, 'kv/a').outcome !== 'denied')).toEqual(['help']);
    expect(merged.decide('read', 'kv/a')).toEqual({
      outcome: 'denied',
      rule: 'kv/*',
      policies: ['a', 'b', 'c'],
      because: 'the rule denies',
    });
  });

  test('are denied when one stanza denies, whatever stands beside it', () => {
    expect(acl(policy('a', 'kv/a: read deny | control_group')).decide('read', 'kv/a').outcome).toBe('denied');
  });

  test('share their conditions: a rule without any does not lift those of another', () => {
    const merged = acl(policy('a', 'w/x: update'), policy('b', 'w/x: update | min_wrapping_ttl mfa_methods'));
    expect(merged.decide('update', 'w/x')).toEqual({
      outcome: 'unknown',
      rule: 'w/x',
      policies: ['a', 'b'],
      because: 'the rule has conditions that are not evaluated: mfa_methods, min_wrapping_ttl',
    });
  });

  test('are not those that only look alike: a prefix and an exact path are two rules', () => {
    const both = acl(policy('a', 'kv/: list', 'kv/*: read'));
    expect(both.decide('read', 'kv/').outcome).toBe('denied');
    expect(both.decide('read', 'kv/a').outcome).toBe('allowed');
  });
});

describe('conditions', () => {
  test.each(['min_wrapping_ttl', 'max_wrapping_ttl', 'mfa_methods', 'control_group', 'subscribe_event_types'])(
    '%s makes "unknown" of what would be allowed, and leaves denied what is denied',
    condition => {
      const p = policy('p', `w/x: update | ${condition}`);
      expect(decide([p], 'update', 'w/x').outcome).toBe('unknown');
      expect(decide([p], 'read', 'w/x').outcome).toBe('denied');
      expect(decide([p], 'update', 'w/y').outcome).toBe('denied');
    },
  );
});

describe('parameters', () => {
  const rule = (parameters: ParameterRules): Policy => ({
    name: 'p',
    rules: [
      { path: 'w/x', capabilities: ['create', 'read', 'update', 'patch', 'recover', 'delete', 'list'], parameters },
    ],
  });

  test('that would decide make the answer unknown where it is not said what the request sends', () => {
    for (const parameters of [{ allowed: { a: [] } }, { denied: { a: [] } }, { required: ['a'] }])
      expect(decide([rule(parameters)], 'update', 'w/x')).toEqual({
        outcome: 'unknown',
        rule: 'w/x',
        policies: ['p'],
        because: 'it depends on what the request sends, which is not known',
      });
  });

  test('are looked at by operations that send them, and by no other', () => {
    const looking = OPERATIONS.filter(
      op => decide([rule({ denied: { '*': [] } })], op, 'w/x', { a: 1 }).outcome === 'denied',
    );
    expect(looking).toEqual(['create', 'read', 'update', 'patch', 'recover', 'header']);
  });

  test.each([
    [{ required: ['Foo'] }, {}, 'the parameter "Foo" is required'],
    [{ denied: { '*': [] } }, { a: 1 }, 'every parameter is denied'],
    [{ denied: { a: ['x'] } }, { b: 1, A: 'x' }, 'the parameter "A" is denied'],
    [{ allowed: { a: ['x'] } }, { a: 'y' }, 'the parameter "a" is not allowed with this value'],
  ] as const)('%j refuse %j: %s', (parameters, data, because) => {
    const denied = { outcome: 'denied', rule: 'w/x', policies: ['p'], because };
    expect(decide([rule(parameters)], 'update', 'w/x', data)).toEqual(denied);
  });

  // Each line was seen on Vault 1.21.1.
  test.each<readonly [ParameterRules, Readonly<Record<string, unknown>>, 'allowed' | 'denied']>([
    [{ allowed: { a: [] } }, {}, 'allowed'],
    [{ allowed: { a: [] } }, { A: 'any' }, 'allowed'],
    [{ allowed: { a: [] } }, { a: 1, b: 1 }, 'denied'],
    [{ allowed: {} }, { b: 1 }, 'allowed'],
    [{ allowed: { '*': ['x'] } }, { b: 'y' }, 'allowed'],
    [{ allowed: { '*': [], a: ['x'] } }, { b: 'y', a: 'x' }, 'allowed'],
    [{ allowed: { '*': [], a: ['x'] } }, { a: 'y' }, 'denied'],
    [{ allowed: { a: ['x*', '*y', '*z*'] } }, { a: 'xx' }, 'allowed'],
    [{ allowed: { a: ['x*', '*y', '*z*'] } }, { a: 'azb' }, 'allowed'],
    [{ allowed: { a: ['x*', '*y', '*z*'] } }, { a: 'ax' }, 'denied'],
    [{ allowed: { a: ['*'] } }, { a: 'x' }, 'denied'],
    [{ allowed: { a: ['*'] } }, { a: '*' }, 'allowed'],
    [{ allowed: { a: ['**'] } }, { a: 'x' }, 'allowed'],
    [{ allowed: { a: ['x', 'y'] } }, { a: 'x, y' }, 'allowed'],
    [{ allowed: { a: ['x', 'y'] } }, { a: 'x,z' }, 'denied'],
    [{ allowed: { a: ['x', 'y'] } }, { a: ['y', 'x'] }, 'allowed'],
    [{ allowed: { a: ['x', 'y'] } }, { a: ['x,y'] }, 'denied'],
    [{ allowed: { a: ['x'] } }, { a: '' }, 'allowed'],
    [{ allowed: { a: ['x'] } }, { a: [] }, 'allowed'],
    [{ allowed: { a: ['x'] } }, { a: null }, 'denied'],
    [{ allowed: { a: [true] } }, { a: true }, 'allowed'],
    [{ allowed: { a: ['true'] } }, { a: true }, 'denied'],
    [{ allowed: { a: [1] } }, { a: 1 }, 'denied'],
    [{ allowed: { a: [['x']] } }, { a: ['x'] }, 'allowed'],
    [{ denied: { a: [] } }, { a: 'any' }, 'denied'],
    [{ denied: { a: [] } }, { b: 'any' }, 'allowed'],
    [{ denied: { a: ['x'] } }, { a: 'y' }, 'allowed'],
    [{ denied: { a: ['x'] } }, { a: ['y', 'x'] }, 'denied'],
    [{ denied: { a: ['x'] } }, { a: 'y,x' }, 'denied'],
    [{ denied: { a: ['x'] } }, { a: { a: 'x' } }, 'allowed'],
    [{ denied: { a: [1] } }, { a: 1 }, 'allowed'],
    [{ allowed: { a: ['x'] }, denied: { a: ['x'] } }, { a: 'x' }, 'denied'],
    [{ required: ['a', 'B'] }, { a: 1, b: 1 }, 'allowed'],
    [{ required: ['a'] }, { A: 1 }, 'denied'],
    [{ required: ['a'], allowed: { b: [] } }, { a: 1 }, 'denied'],
    // Names of a policy are folded to lower case, whoever wrote them.
    [{ allowed: { Foo: [] } }, { foo: 1 }, 'allowed'],
    [{ denied: { Foo: [] } }, { foo: 1 }, 'denied'],
    // Numbers of the two sides are never equal, however deep.
    [{ allowed: { a: [[1]] } }, { a: [1] }, 'denied'],
    [{ denied: { a: [{ k: 1 }] } }, { a: { k: 1 } }, 'allowed'],
  ])('%j with %j: %s', (parameters, data, outcome) => {
    expect(decide([rule(parameters)], 'update', 'w/x', data).outcome).toBe(outcome);
  });

  test('that restrict nothing leave the answer known, alone and merged, in whatever order', () => {
    const nothing: readonly ParameterRules[] = [{}, { allowed: {} }, { denied: {} }, { required: [] }];
    const orders = nothing.flatMap(p => [[p], [p, {}], [{}, p], [p, p]]);
    const answers = orders.map(list => decide(list.map(rule), 'update', 'w/x').outcome);
    expect(answers).toEqual(orders.map(() => 'allowed'));
  });

  describe('of rules with one path are merged:', () => {
    const decided = (list: readonly ParameterRules[], data: Readonly<Record<string, unknown>>) =>
      [list, [...list].reverse()].map(l => decide(l.map(rule), 'update', 'w/x', data).outcome);

    test.each<readonly [string, readonly ParameterRules[], Readonly<Record<string, unknown>>, 'allowed' | 'denied']>([
      ['a restriction on one side holds for both', [{}, { allowed: { a: [] } }], { b: 1 }, 'denied'],
      ['values are joined', [{ allowed: { a: ['x'] } }, { allowed: { a: ['y'] } }], { a: ['x', 'y'] }, 'allowed'],
      ['names are joined', [{ allowed: { a: ['x'] } }, { allowed: { b: ['y'] } }], { a: 'x', b: 'y' }, 'allowed'],
      [
        'any value on one side is any value',
        [{ allowed: { a: [] } }, { allowed: { a: ['y'] } }],
        { a: 'z' },
        'allowed',
      ],
      ['denied values are joined too', [{ denied: { a: ['x'] } }, { denied: { a: ['y'] } }], { a: 'y' }, 'denied'],
      ['what must be sent is joined', [{ required: ['a'] }, { required: ['b'] }], { a: 1 }, 'denied'],
    ])('%s', (_, list, data, outcome) => {
      expect(decided(list, data)).toEqual([outcome, outcome]);
    });
  });
});

describe('an operation', () => {
  const NEEDS: Readonly<Record<Exclude<Operation, 'help' | 'header'>, Capability>> = {
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

  test.each(Object.entries(NEEDS))('%s needs "%s" and is not allowed by all the others', (name, needed) => {
    const operation = name as Operation;
    const others = CAPABILITIES.filter(c => c !== needed && c !== 'deny').join(' ');
    expect(decide([policy('p', `kv/a: ${needed}`)], operation, 'kv/a').outcome).toBe('allowed');
    expect(decide([policy('p', `kv/a: ${others}`)], operation, 'kv/a').outcome).toBe('denied');
  });

  test('help is open to every token', () => {
    const answer = { outcome: 'allowed', policies: [], because: 'help is open to every token' };
    expect(decide([], 'help', 'kv/a')).toEqual(answer);
    expect(decide([policy('p', 'kv/a: deny')], 'help', 'kv/a')).toEqual(answer);
    expect(decide([unreadable], 'help', 'sys/raw/x')).toEqual(answer);
  });

  test('HEAD is never allowed, whatever the rule says', () => {
    const all = CAPABILITIES.filter(c => c !== 'deny').join(' ');
    expect(decide([policy('p', `kv/a: ${all}`)], 'header', 'kv/a')).toEqual({
      outcome: 'denied',
      rule: 'kv/a',
      policies: ['p'],
      because: 'HEAD is never allowed',
    });
    expect(decide([], 'header', 'kv/a').outcome).toBe('denied');
  });
});

describe('a path that only root may use', () => {
  const acl = new Acl([policy('p', '*: create read update patch delete list recover')]);
  const sudo = new Acl([policy('p', '*: create read update patch delete list recover sudo')]);

  // Vault 1.21.1: PathsSpecial.Root in vault/logical_system.go and vault/token_store.go.
  test.each([
    ['read', 'auth/token/accessors/'],
    ['list', 'auth/token/accessors'],
    ['update', 'auth/token/revoke-orphan'],
    ['read', 'sys/audit'],
    ['update', 'sys/audit/file'],
    ['update', 'sys/auth/kubernetes'],
    ['read', 'sys/auth/kubernetes/tune'],
    ['update', 'sys/config/auditing/request-headers/x'],
    ['read', 'sys/config/cors'],
    ['read', 'sys/config/ui/headers/x'],
    ['list', 'sys/config/ui/headers'],
    ['read', 'sys/internal/counters/activity/export'],
    ['read', 'sys/internal/inspect/router/root'],
    ['read', 'sys/leases'],
    ['list', 'sys/leases/lookup'],
    ['list', 'sys/leases/lookup/database/creds'],
    ['update', 'sys/leases/revoke-force/database'],
    ['update', 'sys/leases/revoke-prefix/database'],
    ['update', 'sys/plugins/catalog/secret/x'],
    ['list', 'sys/plugins/catalog'],
    ['update', 'sys/plugins/runtimes/catalog/container/x'],
    ['read', 'sys/raw'],
    ['read', 'sys/raw/core/x'],
    ['update', 'sys/remount'],
    ['update', 'sys/reporting/scan'],
    ['update', 'sys/revoke-force/database'],
    ['update', 'sys/revoke-prefix/database'],
    ['update', 'sys/rotate'],
    ['update', 'sys/seal'],
    ['update', 'sys/step-down'],
    ['update', 'sys/storage/raft/snapshot-auto/config/x'],
  ] as const)('%s %s is denied without "sudo" and allowed with it', (operation, path) => {
    expect(acl.decide(operation, path)).toEqual({
      outcome: 'denied',
      rule: '*',
      policies: ['p'],
      because: 'the path is root-protected and the rule lacks "sudo"',
    });
    expect(sudo.decide(operation, path).outcome).toBe('allowed');
  });

  test.each([
    ['read', 'sys/auth'],
    ['update', 'sys/mounts/secret'],
    ['update', 'sys/mounts/auth/kubernetes/tune'],
    ['update', 'sys/policies/acl/shop'],
    ['update', 'sys/leases/revoke'],
    ['update', 'sys/leases/lookup'],
    ['update', 'sys/leases/renew'],
    ['update', 'sys/audit-hash/file'],
    ['read', 'sys/rotate/config'],
    ['read', 'sys/remount/status/x'],
    ['update', 'sys/namespaces/team'],
    ['update', 'auth/token/create'],
    ['update', 'auth/token/create-orphan'],
    ['update', 'auth/token/accessors'],
    ['update', 'identity/entity'],
    ['update', 'pki/root/generate/internal'],
    ['update', 'pki/root/sign-intermediate'],
    ['read', 'secret/data/shop/roots'],
  ] as const)('%s %s needs no "sudo"', (operation, path) => {
    expect(acl.decide(operation, path).outcome).toBe('allowed');
  });

  test.each([
    ['delete', 'pki/root'],
    ['update', 'pki/root/sign-self-issued'],
    ['update', 'sys/replication/reindex'],
  ] as const)(
    '%s %s is unknown without "sudo", since the path alone does not tell, and allowed with it',
    (op, path) => {
      expect(acl.decide(op, path)).toEqual({
        outcome: 'unknown',
        rule: '*',
        policies: ['p'],
        because: 'some mounts ask for "sudo" on this path',
      });
      expect(sudo.decide(op, path).outcome).toBe('allowed');
    },
  );

  test('"sudo" alone allows nothing', () => {
    expect(decide([policy('p', 'sys/raw/*: sudo')], 'read', 'sys/raw/x').outcome).toBe('denied');
  });

  test.each<readonly [Operation, string, readonly Mount[], Decision['outcome']]>([
    ['delete', 'pki/root', [{ path: 'pki', type: 'pki' }], 'denied'],
    ['update', 'team/pki/root/sign-self-issued', [{ path: 'team/pki', type: 'pki' }], 'denied'],
    ['read', 'pki/roles/root', [{ path: 'pki', type: 'pki' }], 'allowed'],
    ['read', 'secret/data/root', [{ path: 'secret', type: 'kv' }], 'allowed'],
    ['read', 'secret/data/root', [{ path: 'sec', type: 'kv' }], 'unknown'],
    ['read', 'secret/data/root', [], 'unknown'],
  ])('%s %s, knowing the engines %j, is %s', (operation, path, mounts, outcome) => {
    expect(new Acl([policy('p', '*: read update delete')], mounts).decide(operation, path).outcome).toBe(outcome);
  });

  // `secret/data/mysql/root` ends like `<pki>/root`. On Vault 1.21.1 a secret "root" of a KV mount is read without "sudo".
  test('the last segment "root" is not enough to refuse an app that reads a KV secret of that name', () => {
    const app = new VaultApp();
    const vault = new VaultServer(app, 'vault', { address: 'https://vault.example.com', state: State.local() });
    const cluster = new KubernetesCluster(app, 'prod');
    const kubernetes = { cluster, vault: { address: 'https://vault.vault.svc:8200', ca: Ca.system() } };
    const auth = new KubernetesAuth(vault, 'kubernetes', { ...kubernetes, delivery: new CsiDelivery() });
    const { password } = new KvEngine(vault, 'secret').secret('mysql/root', { keys: ['password'] }).fields;
    new Workload(auth, 'api', { namespace: 'shop' }).consume(password, toFile('/mnt/secrets/password'));
    expect(app.judge().findings.filter(f => f.severity === 'error')).toEqual([]);
  });
});

describe('a policy that could not be read', () => {
  test('makes the answer unknown and says which policy and why', () => {
    expect(decide([policy('p', 'kv/a: read'), unreadable], 'read', 'kv/a')).toEqual({
      outcome: 'unknown',
      policies: [],
      because: 'policy "imported" is not known: its text is not at hand',
    });
  });

  test('could deny what another allows, and allow what no rule matches', () => {
    expect(decide([unreadable, policy('p', 'kv/a: deny')], 'read', 'kv/a').outcome).toBe('unknown');
    expect(decide([unreadable], 'read', 'kv/b').outcome).toBe('unknown');
  });
});

describe('a templated path', () => {
  const own = 's/data/{{identity.entity.id}}/*';

  test('makes unknown whatever it could match, and says so', () => {
    expect(decide([policy('p', `${own}: read`)], 'read', 's/data/x/y')).toEqual({
      outcome: 'unknown',
      rule: own,
      policies: ['p'],
      because: `"${own}" is templated: what it matches depends on the identity of the token`,
    });
  });

  // A value may be empty, hold slashes, or be a wildcard: all after the text before `{{` is open.
  table([
    [[`${own}: read`], 'read', 's/data/', 'unknown'],
    [[`${own}: read`], 'read', 's/data/a/b/c', 'unknown'],
    [[`${own}: read`, 's/data/pub: read'], 'read', 's/data/pub', 'unknown'],
    [[`${own}: read`, 's/pub: read'], 'read', 's/pub', 'allowed'],
    [[`${own}: read`], 'read', 's/metadata/x', 'denied'],
    [[`${own}: list`], 'list', 's/data', 'unknown'],
    [[`${own}: list`], 'list', 's', 'denied'],
    [[`/${own}: read`], 'read', 's/data/x', 'unknown'],
    [['s/+/{{identity.entity.id}}: read'], 'read', 's/x/y', 'unknown'],
    [['s/+/{{identity.entity.id}}: read'], 'read', 't/x/y', 'denied'],
    [['{{identity.entity.name}}: read'], 'read', 'anything', 'unknown'],
    [['s/{{identity.entity.id}}: deny'], 'read', 's/x', 'unknown'],
  ]);
});

describe('for any policies and any request', () => {
  const SEGMENTS = ['a', 'b', 'ab', '', 'a+b', '+'] as const;
  const capabilities = fc.subarray(CAPABILITIES.filter(c => c !== 'deny')).map(cs => cs as readonly Capability[]);
  const withDeny = fc.oneof(
    { weight: 6, arbitrary: capabilities },
    { weight: 1, arbitrary: fc.constant(['deny' as const]) },
  );
  const paths = fc
    .tuple(
      fc.array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', '', '*', '/', '/*'),
    )
    .map(([segments, end]) => segments.join('/') + end)
    // Vault refuses a policy with `+*`; a slash at the start is another spelling of the same path.
    .filter(p => !p.includes('+*') && !p.startsWith('/'));
  const values: fc.Arbitrary<ParameterValue> = fc.constantFrom('x', 'x*', '**', '', true, 1, ['x']);
  const maps = fc.dictionary(fc.constantFrom('a', 'b', '*'), fc.array(values, { maxLength: 2 }), { maxKeys: 2 });
  const parameters = fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc.record({ allowed: maps, denied: maps, required: fc.subarray(['a', 'b']) }, { requiredKeys: [] }),
    },
  );
  const rules = fc
    .tuple(paths, withDeny, fc.subarray(['control_group', 'min_wrapping_ttl'], { maxLength: 1 }), parameters)
    .map(([path, caps, conditions, p]): PolicyRule => ({ path, capabilities: caps, conditions, parameters: p }));
  const sent = fc.option(fc.dictionary(fc.constantFrom('a', 'b', 'c'), values, { maxKeys: 2 }), { nil: undefined });
  const documents = fc
    .array(fc.array(rules, { maxLength: 5 }), { minLength: 1, maxLength: 4 })
    .map(lists => lists.map((list, i): PolicyDocument => ({ name: `p${i}`, rules: list })));
  const operations = fc.constantFrom(...OPERATIONS);
  const requests = fc
    .array(fc.constantFrom('a', 'b', 'ab', 'a+b', ''), { minLength: 1, maxLength: 5 })
    .map(s => s.join('/'));
  /** The answer without its words: of several faults of a request, they name the first. */
  const answer = (...args: Parameters<typeof decide>) => {
    const { outcome, rule: found, policies } = decide(...args);
    return { outcome, found, policies };
  };
  const shuffled = <T>(list: readonly T[]) => fc.shuffledSubarray([...list], { minLength: list.length });

  test('the order of policies and of rules does not matter', () => {
    const cases = documents.chain(original =>
      fc.tuple(
        fc.constant(original),
        fc
          .tuple(...original.map(d => shuffled(d.rules).map((list): PolicyDocument => ({ ...d, rules: list }))))
          .chain(shuffled),
      ),
    );
    fc.assert(
      fc.property(cases, operations, requests, sent, ([original, mixed], operation, path, data) => {
        expect(answer(mixed, operation, path, data)).toEqual(answer(original, operation, path, data));
      }),
      { numRuns: 2000 },
    );
  });

  test('the order of rules with one path does not matter, whatever they say of parameters', () => {
    const lists = fc.array(parameters, { minLength: 1, maxLength: 4 });
    const cases = lists.chain(list => fc.tuple(fc.constant(list), shuffled(list)));
    const at = (list: readonly ParameterRules[]) => [
      { name: 'p', rules: list.map((p): PolicyRule => ({ path: 'w/x', capabilities: ['update'], parameters: p })) },
    ];
    fc.assert(
      fc.property(cases, sent, ([original, mixed], data) => {
        const expected = answer(at(original), 'update', 'w/x', data);
        expect(answer(at(mixed), 'update', 'w/x', data)).toEqual(expected);
        expect(answer(at([...original, ...mixed]), 'update', 'w/x', data)).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test('a slash at the start of a path is only another spelling of it', () => {
    const slashed = (d: PolicyDocument) => ({ ...d, rules: d.rules.map(r => ({ ...r, path: `/${r.path}` })) });
    fc.assert(
      fc.property(documents, operations, requests, sent, (policies, operation, path, data) => {
        const { rule: plain, ...decision } = decide(policies, operation, path, data);
        const expected = plain === undefined ? decision : { ...decision, rule: `/${plain}` };
        expect(decide(policies.map(slashed), operation, path, data)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('a policy that is there twice changes nothing', () => {
    fc.assert(
      fc.property(documents, operations, requests, sent, (policies, operation, path, data) => {
        const expected = decide(policies, operation, path, data);
        expect(decide([...policies, ...policies], operation, path, data)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('a policy that could not be read makes every answer unknown but that of help', () => {
    fc.assert(
      fc.property(documents, operations, requests, fc.nat(), (policies, operation, path, at) => {
        const place = at % (policies.length + 1);
        const all = [...policies.slice(0, place), unreadable, ...policies.slice(place)];
        expect(decide(all, operation, path).outcome).toBe(operation === 'help' ? 'allowed' : 'unknown');
      }),
      { numRuns: 1000 },
    );
  });

  test('with exact paths alone it is a look into a map', () => {
    const exact = fc.constantFrom('a', 'a/', 'a/b', 'a/b/', 'b', 'ab/a', '');
    const exactRules = fc.tuple(exact, withDeny).map(([path, caps]): PolicyRule => ({ path, capabilities: caps }));
    const needs: Readonly<Partial<Record<Operation, Capability>>> = {
      revoke: 'update',
      renew: 'update',
      rollback: 'update',
    };
    fc.assert(
      fc.property(fc.array(exactRules, { maxLength: 8 }), operations, exact, (list, operation, path) => {
        const map = new Map<string, ReadonlySet<string>>();
        for (const r of list) map.set(r.path, new Set([...(map.get(r.path) ?? []), ...r.capabilities]));
        const found =
          operation === 'list'
            ? (map.get(path.replace(/\/?$/, '/')) ?? map.get(path.replace(/\/$/, '')))
            : map.get(path);
        const granted = found !== undefined && !found.has('deny') && found.has(needs[operation] ?? operation);
        const expected = operation === 'help' || granted ? 'allowed' : 'denied';
        expect(decide([{ name: 'p', rules: list }], operation, path).outcome).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});
