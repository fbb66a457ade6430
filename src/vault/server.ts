import { VaultProvider } from '@cdktf/provider-vault/lib/provider';
import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { vaultPath } from '../core/names';
import { VaultCdkError } from '../errors/error';
import type { Mount } from '../policy/evaluator';
import { Claims } from './claims';
import type { State } from './state';

const MARK = Symbol.for('vault-cdk.VaultServer');

/** How to reach one Vault, and where its Terraform state lies. */
export interface VaultServerProps {
  /** Address as the Terraform runner sees it, e.g. `https://vault.example.com:8200`. */
  readonly address: string;
  /** Where Terraform keeps the state of this stack. */
  readonly state: State;
  /**
   * File with the CA that signed Vault's certificate, on the Terraform runner.
   * @default - the runner's system trust store
   */
  readonly caCertFile?: string;
  /**
   * Namespace of Vault Enterprise that everything of this stack lies in, e.g. `platform/app`.
   *
   * @default - the root namespace
   */
  readonly namespace?: string;
}

/**
 * One Vault: a Terraform stack with its provider. Everything that is configured in this Vault lies under it.
 *
 * The Terraform run logs in by its environment (`VAULT_TOKEN`, or what the provider reads otherwise); no prop takes a token.
 *
 * @example
 * ```ts
 * const vault = new VaultServer(app, 'vault', { address: 'https://vault.example.com:8200', state: State.local() });
 * ```
 */
export class VaultServer extends TerraformStack {
  /** Whether something is a VaultServer; works across copies of the package. */
  static isVaultServer(x: unknown): x is VaultServer {
    return typeof x === 'object' && x !== null && MARK in x;
  }

  /** The VaultServer that a construct lies under. */
  static override of(construct: Construct): VaultServer {
    const server = construct.node.scopes.find(VaultServer.isVaultServer);
    if (server) return server;
    throw new VaultCdkError({
      code: 'vault/no-server',
      problem: 'a thing in Vault lies under no VaultServer',
      at: at(construct),
      fix: 'pass a VaultServer, or a construct below one, as the scope',
    });
  }

  /** The Terraform provider, for whatever this class does not offer. */
  readonly provider: VaultProvider;
  /** Address as the Terraform runner sees it. */
  readonly address: string;
  /** Namespace of Vault Enterprise, if it is not the root. */
  readonly namespace: string | undefined;
  private readonly claims = new Claims();
  private readonly mounts = new Map<string, Mount>();
  private readonly authMounts = new Set<string>();
  private readonly existingPolicies = new Set<string>();
  private readonly forgotten: string[] = [];

  constructor(scope: Construct, id: string, props: VaultServerProps) {
    assertStackName(scope, id);
    super(scope, id);
    Object.defineProperty(this, MARK, { value: true });
    rememberLine(this);
    assertState(this, props.state);
    this.address = httpAddress(props.address, this);
    this.namespace =
      props.namespace === undefined
        ? undefined
        : vaultPath(props.namespace, { what: 'the namespace of Vault Enterprise', at: at(this) });
    props.state.bind(this);
    this.provider = new VaultProvider(this, 'Provider', {
      address: this.address,
      ...(props.caCertFile === undefined ? {} : { caCertFile: props.caCertFile }),
      ...(this.namespace === undefined ? {} : { namespace: this.namespace }),
    });
  }

  /**
   * Claims a name in this Vault for a construct and gives its Terraform name, derived from the name alone: moving the
   * construct in the tree changes no address. A name that is taken is refused.
   * @internal
   */
  claim(type: string, name: string, owner: Construct): string {
    return this.claims.claim(type, name, owner);
  }

  /** Says of which type an engine is, ours or not. @internal */
  stateMount(mount: Mount, owner: Construct = this): void {
    this.claims.assertNotRenamed('mount', mount.path, owner);
    const known = this.mounts.get(mount.path);
    if (known) assertSameEngine(known, mount, owner);
    this.mounts.set(mount.path, mount);
  }

  /** The engines that this program knows of, ours or not. */
  get engines(): readonly Mount[] {
    return [...this.mounts.values()];
  }

  /** Says that a policy exists already, so that roles may name it though it is not printed. @internal */
  statePolicy(name: string): void {
    this.existingPolicies.add(name);
  }

  /** The policies that the program knows to exist, and does not print. */
  get statedPolicies(): readonly string[] {
    return [...this.existingPolicies];
  }

  /** Claims the path of an engine: Vault takes none that lies under another, or over it. @internal */
  claimMount(mount: Mount, owner: Construct): string {
    const { path } = mount;
    assertFree(path, RESERVED_MOUNTS, owner);
    const name = this.claim('mount', path, owner);
    assertApart(path, [...this.mounts.keys()], owner);
    this.stateMount(mount, owner);
    return name;
  }

  /** Claims the path of an auth mount, without `auth/`. @internal */
  claimAuthMount(path: string, owner: Construct): string {
    assertFree(path, ['token'], owner);
    const name = this.claim('auth mount', path, owner);
    assertApart(path, [...this.authMounts], owner);
    this.authMounts.add(path);
    return name;
  }

  /** Prints a `removed` block: Terraform forgets what it had at an address, and removes nothing. @internal */
  forget(address: string): void {
    this.forgotten.push(address);
    const removed = [...this.forgotten].sort().map(from => ({ from, lifecycle: { destroy: false } }));
    this.addOverride('removed', removed);
  }

  /** Notes that a mount of `owner` had another path before, and gives the checked old path. @internal */
  claimRename(type: 'mount' | 'auth mount', from: string, owner: Construct & { readonly path: string }): string {
    const checked = vaultPath(from, { what: `the old path of the ${type}`, at: at(owner) });
    this.claims.rename(type, checked, { to: owner.path, by: owner });
    return checked;
  }
}

/** Source: Vault 1.21 `mount.go`, `protectedMounts`. */
const RESERVED_MOUNTS = ['audit', 'auth', 'cubbyhole', 'identity', 'sys'];

function assertFree(path: string, reserved: readonly string[], owner: Construct): void {
  const taken = reserved.find(r => path === r || path.startsWith(`${r}/`));
  if (taken === undefined) return;
  throw new VaultCdkError({
    code: 'vault/mount-reserved',
    problem: `Vault keeps the path "${taken}" for itself`,
    at: at(owner),
    given: path,
    allowed: `a path that does not start with ${reserved.map(r => `"${r}"`).join(', ')}`,
    live: `cannot mount "${path}/"`,
    fix: 'give the mount another path',
  });
}

function assertApart(path: string, others: readonly string[], owner: Construct): void {
  const other = others.find(m => path.startsWith(`${m}/`) || m.startsWith(`${path}/`));
  if (other === undefined) return;
  throw new VaultCdkError({
    code: 'vault/mount-overlaps',
    problem: `the mount "${path}" and the mount "${other}" lie one under the other`,
    at: at(owner),
    given: path,
    allowed: 'a path that is no part of another mount, and has none as a part',
    live: `400 path is already in use at ${other}/`,
    fix: 'give one of them another path',
  });
}

function assertSameEngine(known: Mount, mount: Mount, owner: Construct): void {
  const [before, now] = [known, mount].map(m => (m.version === undefined ? m.type : `${m.type} version ${m.version}`));
  if (before === now) return;
  throw new VaultCdkError({
    code: 'vault/mount-differs',
    problem: `the mount "${mount.path}" is said to be ${now}, and elsewhere to be ${before}`,
    at: at(owner),
    given: now,
    allowed: before ?? '',
    live: '403 permission denied, or 404 unsupported path: the paths of the two are not the same',
    fix: 'say everywhere what `vault secrets list -detailed` shows',
  });
}

function assertState(server: VaultServer, state: State | undefined): void {
  if (state !== undefined) return;
  throw new VaultCdkError({
    code: 'vault/state-missing',
    problem: 'the server does not say where Terraform keeps its state',
    at: at(server),
    allowed: 'State.s3(...), State.gcs(...), State.azurerm(...) or State.local()',
    live: 'silently ignored: cdktf would print an absolute path of this machine, and the state would be deleted with the stack',
    fix: 'pass `state`, e.g. `state: State.local()`',
  });
}

/** A stack's name is a folder and a part of a file name: `terraform.<stack>.tfstate`. */
function assertStackName(scope: Construct, id: string): void {
  const given = `${scope.node.path}/${id}`.replace(/^\//, '');
  const longest = 255 - 'terraform..tfstate.backup'.length;
  const fix = 'give the VaultServer another id';
  if (Buffer.byteLength(id) > longest) {
    const problem = `the name of the stack is too long for Terraform: ${Buffer.byteLength(id)} bytes`;
    throw new VaultCdkError({
      code: 'vault/stack-name',
      problem,
      at: given,
      given: id,
      allowed: `at most ${longest}`,
      live: 'file name too long',
      fix,
    });
  }
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(id)) return;
  const allowed = 'letters, digits, "_", "-" and ".": the name is a folder';
  throw new VaultCdkError({
    code: 'vault/stack-name',
    problem: 'the name of the stack is not a folder name',
    at: given,
    given: id,
    allowed,
    fix,
  });
}

/** An `http://` or `https://` address without a path, a query or a secret in it. */
export function httpAddress(address: string, owner: Construct, what = 'Vault'): string {
  const url = /^https?:\/\/[^\s/?#@]+$/.test(address) && URL.canParse(address) ? new URL(address) : undefined;
  if (url?.pathname === '/') return address;
  throw new VaultCdkError({
    code: 'vault/address',
    problem: `the address of ${what} is not one`,
    at: at(owner),
    // Whatever stands before an "@" or after a "?" may be a password or a token, also where the rest is no address.
    given: /[@?#]/.test(address) ? '(not shown: what stands before "@" or after "?" may be secret)' : address,
    allowed: 'scheme, host and port, e.g. "https://vault.example.com:8200", without a slash at the end',
    live: 'unsupported protocol scheme',
    fix: what === 'Vault' ? 'write the address that VAULT_ADDR would hold' : 'write the address as Vault reaches it',
  });
}
