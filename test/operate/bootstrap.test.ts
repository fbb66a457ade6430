import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TerraformVariable } from 'cdktf';
import {
  ApiServer,
  KubernetesAuth,
  KubernetesCluster,
  Reviewer,
  State,
  type StoredReviewerProps,
  toFile,
} from 'vault-cdk';
import { CsiDelivery, KvEngine, VaultApp, VaultServer, Workload } from 'vault-cdk';
import { bootstrap, bootstrapScript, STEPS } from '../../src/operate/bootstrap';
import { runScript, syntaxOf } from '../support/shell';
import { VAULT_FOR_PODS, world } from '../support/world';

const folder = mkdtempSync(join(tmpdir(), 'vault-cdk-bootstrap-'));
afterAll(() => rmSync(folder, { recursive: true }));
const calls = (): readonly string[] => readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n');

/** One Vault outside of two clusters: one with a stored reviewer, one without. */
function outside(props: StoredReviewerProps = {}) {
  const app = new VaultApp();
  const address = 'https://vault.example.com:8200';
  const vault = new VaultServer(app, 'vault', { address, state: State.local(), providerVersion: '5.7.0' });
  const { password } = new KvEngine(vault, 'secret').secret('shop/db', { keys: ['password'] }).fields;
  for (const [name, reviewer] of [
    ['prod-eu', Reviewer.stored(props)],
    ['us', Reviewer.client()],
  ] as const) {
    const cluster = new KubernetesCluster(app, name, { apiServer: ApiServer.fromVariables() });
    const delivery = new CsiDelivery();
    const auth = new KubernetesAuth(vault, `kubernetes-${name}`, {
      cluster,
      reviewer,
      delivery,
      vault: VAULT_FOR_PODS,
    });
    new Workload(auth, 'api', { namespace: cluster.namespace('shop') }).consume(
      password,
      toFile('/mnt/secrets/password'),
    );
  }
  return { app, vault };
}

const stepsOf = (app: VaultApp) => {
  const { chain, printOut } = app.judge();
  return bootstrap(printOut.documents, chain.model);
};
const variablesOf = (app: VaultApp): string => bootstrapScript(stepsOf(app).filter(s => s.name === 'variables'));

/** A `kubectl` that has what the names in its arguments ask for, and a token of the account that is asked for. */
const KUBECTL = `
case "$*" in
  *"get secret vault-auth-token -n vault"*"{.data.token}") printf '%s' 'the token' | base64 ;;
  *"get secret vault-auth-token -n vault"*"{.data.ca\\\\.crt}") printf '%s' 'CA of prod-eu' | base64 ;;
  *"get configmap kube-root-ca.crt"*) printf '%s' 'CA of us' ;;
  *"create token"*) printf '%s' 'a token that ends' ;;
  *"--context prod-eu config view"*) printf '%s' 'https://eu.example.com:6443' ;;
  *"--context us config view"*) printf '%s' 'https://127.0.0.1:6443' ;;
  *apply*) : ;;
  *) exit 1 ;;
esac`;

/** What a script that is sourced leaves in the environment. */
const sourced = (script: string): string => `${script}\nenv | grep ^TF_VAR_ | sort > environment\n`;
const environment = (): readonly string[] => readFileSync(join(folder, 'environment'), 'utf8').trimEnd().split('\n');

describe('the script that gives Terraform its variables', () => {
  test('fetches token, CA and address by the names that are printed, exports them for exactly the variables of the stack, and shows none [AUTH-09]', () => {
    const { app } = outside();
    const script = variablesOf(app);
    expect(syntaxOf(script)).toBe('');

    const { status, stdout, stderr } = runScript(folder, sourced(`set -x\n${script}`), { kubectl: KUBECTL });
    expect([status, stdout]).toEqual([0, '']);
    expect(environment()).toEqual([
      'TF_VAR_kubernetes_ca_prod_eu=CA of prod-eu',
      'TF_VAR_kubernetes_ca_us=CA of us',
      'TF_VAR_kubernetes_host_prod_eu=https://eu.example.com:6443',
      'TF_VAR_kubernetes_host_us=https://127.0.0.1:6443',
      'TF_VAR_reviewer_jwt_prod_eu=the token',
    ]);
    const { variable } = app.judge().printOut.documents.find(d => d.format === 'terraform')!.value as {
      readonly variable: object;
    };
    expect(environment().map(l => l.replace(/^TF_VAR_|=.*$/g, ''))).toEqual(Object.keys(variable).sort());
    // Not even where the shell traces, and not on any command line.
    expect(stderr).not.toMatch(/the token|CA of/);
    expect(calls().join()).not.toMatch(/the token|CA of/);
    expect(calls()).toContain(
      'kubectl --context prod-eu get secret vault-auth-token -n vault -o jsonpath={.data.token}',
    );
  });

  test('says that an address of this machine alone is not one for a Vault elsewhere, and takes one that is set', () => {
    const script = sourced(variablesOf(outside().app));

    expect(runScript(folder, script, { kubectl: KUBECTL }).stderr).toBe(
      'vault-cdk: the API server of cluster us has an address of this machine alone; if Vault is elsewhere, set TF_VAR_kubernetes_host_us to the one that it reaches\n',
    );
    const env = { TF_VAR_kubernetes_host_us: 'https://us.example.com:6443' };
    expect(runScript(folder, script, { kubectl: KUBECTL }, env).stderr).toBe('');
    expect(environment()).toContain('TF_VAR_kubernetes_host_us=https://us.example.com:6443');
  });

  test('asks for a token that ends, where no Secret is printed', () => {
    const script = sourced(variablesOf(outside({ tokenSecret: false, serviceAccount: 'auth/reviewer' }).app));

    expect(runScript(folder, script, { kubectl: KUBECTL }, { TOKEN_DURATION: '24h' }).status).toBe(0);
    expect(calls()).toContain('kubectl --context prod-eu create token reviewer -n auth --duration 24h');
    expect(environment()).toContain('TF_VAR_reviewer_jwt_prod_eu=a token that ends');
  });

  test('calls clusters by the contexts that the environment names', () => {
    runScript(folder, variablesOf(outside().app), { kubectl: KUBECTL }, { CONTEXT_PROD_EU: 'admin@eu' });

    expect(calls()[0]).toMatch(/^kubectl --context admin@eu /);
  });

  test.each([
    [
      'kubectl fails',
      'exit 1',
      'vault-cdk: no CA of the API server of cluster prod-eu: apply its platform manifests first\n',
    ],
    [
      'the Secret stays empty',
      'exit 0',
      'vault-cdk: no CA of the API server of cluster prod-eu: apply its platform manifests first\n',
    ],
  ])('fails in words where %s, and exports nothing', (_, kubectl, says) => {
    const script = `VAULT_CDK_TRIES=1\nTF_VAR_kubernetes_host_prod_eu=https://eu TF_VAR_kubernetes_host_us=https://us\n${variablesOf(outside().app)}`;
    const { status, stdout, stderr } = runScript(folder, script, { kubectl });

    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toBe(says);
  });

  test('does not end the shell of whoever sources it', () => {
    runScript(folder, '', {});
    const script = variablesOf(outside().app);
    const shell = `VAULT_CDK_TRIES=1\ncat > variables.sh <<'END'\n${script}END\n. ./variables.sh || echo "it ended with $?"\n`;

    expect(runScript(folder, shell, { kubectl: 'exit 1' }).stdout).toBe('it ended with 1\n');
  });

  test('asks for variables of the user, and does not for those that have a default', () => {
    const { app, vault } = world();
    new TerraformVariable(vault, 'team', { type: 'string', description: "the team's name" });
    new TerraformVariable(vault, 'size', { type: 'string', default: 'small' });
    new TerraformVariable(vault, 'no-shell-name', { type: 'string' });
    const script = variablesOf(app);

    expect(syntaxOf(script)).toBe('');
    expect(runScript(folder, script, {})).toMatchObject({
      status: 1,
      stderr: 'vault-cdk: set and export TF_VAR_team first\n',
    });
    expect(runScript(folder, script, {}, { TF_VAR_team: 'shop' }).status).toBe(0);
    expect(script).toContain('# Pass it: terraform apply -var no-shell-name=...\n');
    expect(script).not.toContain('size');
  });

  test('says that there is nothing to give', () => {
    expect(variablesOf(world().app)).toContain('# No stack asks for a variable.');
  });
});

describe('the steps from nothing to running pods', () => {
  test('are in their order: platform, Terraform with its variables, values, workloads', () => {
    const { app } = outside();
    const script = bootstrapScript(stepsOf(app));
    expect(syntaxOf(script)).toBe('');
    expect(stepsOf(app).map(s => s.name)).toEqual([...STEPS]);

    const { status } = runScript(folder, script, { kubectl: KUBECTL, terraform: '', vault: '' });
    expect(status).toBe(0);
    expect(calls().filter(c => /apply|^terraform|^vault/.test(c))).toEqual([
      'kubectl --context prod-eu apply -f prod-eu/platform.k8s.yaml',
      'kubectl --context us apply -f us/platform.k8s.yaml',
      'terraform -chdir=stacks/vault init -input=false',
      'terraform -chdir=stacks/vault apply',
      'vault read -field=kubernetes_host auth/kubernetes-prod-eu/config',
      'vault read -field=kubernetes_host auth/kubernetes-us/config',
      'kubectl --context prod-eu apply -f prod-eu/shop-vault.k8s.yaml',
      'kubectl --context us apply -f us/shop-vault.k8s.yaml',
    ]);
    expect(script).toContain(
      '#     vault kv put -mount=secret shop/db -     # then type {"password": "..."} and Ctrl-D',
    );
  });

  test('stop at the first that fails: nothing is applied to Vault before the clusters are ready', () => {
    const script = bootstrapScript(stepsOf(outside().app));

    expect(runScript(folder, script, { kubectl: 'exit 3', terraform: '', vault: '' }).status).toBe(3);
    expect(calls()).toEqual(['kubectl --context prod-eu apply -f prod-eu/platform.k8s.yaml']);
  });
});
