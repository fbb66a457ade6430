// N workloads through the library, with every check: the program that a user writes.
import { join } from 'node:path';
import { ApiObject, Chart } from 'cdk8s';
import { TerraformStack } from 'cdktf';
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
} from 'vault-cdk';
import { measure, type Phase, wrapMethod } from './measure';
import { ADDRESS, ADDRESS_IN_CLUSTER, AUTH, CLUSTER, deployment, fileOf, KEYS, KV, nameOf } from './objects';
import { NAMESPACE, secretOf, SERVER } from './objects';

measure((n, folder, phase) => {
  const app = phase('declare', () => declare(n, folder));
  timePrinting(app, phase);
  phase('write', () => app.synth());
});

function declare(n: number, folder: string): VaultApp {
  const app = new VaultApp({
    terraformOutdir: join(folder, 'terraform'),
    kubernetesOutdir: join(folder, 'kubernetes'),
  });
  const vault = new VaultServer(app, SERVER, { address: ADDRESS, state: State.local() });
  const cluster = new KubernetesCluster(app, CLUSTER);
  const auth = new KubernetesAuth(vault, AUTH, {
    cluster,
    delivery: new CsiDelivery(),
    vault: { address: ADDRESS_IN_CLUSTER, ca: Ca.configMap('vault-ca') },
  });
  const kv = new KvEngine(vault, KV);
  const shop = new Chart(app, 'shop', { namespace: cluster.namespace(NAMESPACE) });
  cluster.includes(shop);
  for (let i = 0; i < n; i++) {
    const pods = new ApiObject(shop, nameOf(i), deployment(i, false));
    const { fields } = kv.secret(secretOf(i), { keys: KEYS });
    const workload = Workload.of(pods, { auth });
    for (const key of KEYS) workload.consume(fields[key], toFile(fileOf(key)));
  }
  return app;
}

/** Takes the steps of `synth()` apart, by what is public. */
function timePrinting(app: VaultApp, phase: Phase): void {
  wrapMethod(phase, 'cdktf to data', TerraformStack.prototype, 'prepareStack');
  wrapMethod(phase, 'cdktf to data', TerraformStack.prototype, 'toTerraform');
  wrapMethod(phase, 'cdk8s to data', ApiObject.prototype, 'toJson');
  const judge = app.judge.bind(app);
  app.judge = () => {
    const judgement = phase('check', judge);
    const terraform = phase('Terraform to text', () => judgement.printOut.terraform);
    const kubernetes = phase('manifests to text', () => judgement.printOut.kubernetes);
    const { documents, pods } = judgement.printOut;
    return { ...judgement, printOut: { documents, terraform, kubernetes, pods } };
  };
}
