import { type ApiObject, Chart } from 'cdk8s';
import {
  AnnotationMetadataEntryType,
  Aspects,
  type IAspect,
  LocalBackend,
  Manifest as StackManifests,
  TerraformBackend,
  TerraformElement,
  TerraformResource,
  TerraformStack,
} from 'cdktf';
import type { IConstruct } from 'constructs';
import { VaultCdkError } from '../errors/error';
import { at } from './at';
import { refuseOrderAcrossBorder, refuseTokens, type TerraformTokenGuard } from './border';
import { objectsInOrder } from './order';
import type { Manifest } from './patch';

/** One manifest, before it is text. */
export interface PrintedObject {
  /** Path of the construct that prints it. */
  readonly construct: string;
  /** The manifest. */
  readonly value: Manifest;
}

/** One chart, printed. */
export interface PrintedChart {
  readonly chart: Chart;
  readonly objects: readonly PrintedObject[];
}

/** One stack, printed. */
export interface PrintedStack {
  readonly stack: TerraformStack;
  /** What `cdk.tf.json` will hold. */
  readonly value: Manifest;
  /** The stack's entry in cdktf's `manifest.json`. */
  readonly manifest: Manifest;
}

const visited = new WeakMap<IAspect, WeakSet<IConstruct>>();

/**
 * Lets every aspect see every construct below it, once. cdktf visits only from the stacks downwards, so an aspect on the
 * app would never be called (trap E5); here it is.
 */
export function visitAspects(root: IConstruct): void {
  const visit = (construct: IConstruct, inherited: readonly IAspect[]): void => {
    const own = Aspects.of(construct).all;
    const aspects = own.length === 0 ? inherited : [...inherited, ...own];
    for (const aspect of aspects) {
      const seen = visited.get(aspect) ?? new WeakSet();
      visited.set(aspect, seen);
      if (seen.has(construct)) continue;
      seen.add(construct);
      aspect.visit(construct);
    }
    construct.node.children.forEach(child => visit(child, aspects));
  };
  visit(root, []);
}

/** Validates the whole tree once; both engines would do it per chart or per stack (trap E7). */
export function validateTree(constructs: readonly IConstruct[]): void {
  refuseStrayResources(constructs);
  refuseOrderAcrossBorder(constructs);
  const faults = constructs.flatMap(c => c.node.validate().map(message => `${c.node.path || '<root>'}: ${message}`));
  const errors = constructs.flatMap(c =>
    annotations(c)
      .filter(a => a.level === (AnnotationMetadataEntryType.ERROR as string))
      .map(a => `${c.node.path}: ${a.message}`),
  );
  const all = [...new Set([...faults, ...errors])];
  if (all.length === 0) return;
  throw new VaultCdkError({
    code: 'app/invalid',
    problem: `the app has ${all.length} ${all.length === 1 ? 'problem' : 'problems'}\n${all.map(f => `  - ${f}`).join('\n')}`,
    fix: 'correct each line above; every problem of the tree is listed, and nothing was written',
  });
}

/** cdktf takes a resource outside of every stack without a word, and prints it nowhere (trap E8). */
function refuseStrayResources(constructs: readonly IConstruct[]): void {
  const stray = constructs.find(
    c =>
      TerraformElement.isTerraformElement(c) &&
      !TerraformStack.isStack(c) &&
      !c.node.scopes.some(TerraformStack.isStack),
  );
  if (!stray) return;
  throw new VaultCdkError({
    code: 'terraform/no-stack',
    problem: 'a Terraform resource lies under no stack',
    at: at(stray),
    allowed: 'a VaultServer, or another TerraformStack, above it',
    live: 'silently ignored: it would be printed nowhere',
    fix: 'pass a VaultServer, or a construct below one, as the scope',
  });
}

/** Prints every stack to memory, in the order of the tree. */
export function printStacks(constructs: readonly IConstruct[]): readonly PrintedStack[] {
  const stacks = constructs.filter(TerraformStack.isStack);
  return stacks
    .map(stack => prepared(stack, stacks.length > 1))
    .map(stack => {
      const value = ofStack(stack, () => stack.toTerraform() as Manifest);
      return { stack, value, manifest: stackManifest(stack) };
    });
}

/** Where a stack keeps its state if it is to be a file: beside `cdktf.out`, on every machine the same. */
export function localStatePath(stack: TerraformStack): string {
  return `../../../terraform.${stack.node.id}.tfstate`;
}

/**
 * All of them first: preparing one may add to another, e.g. the outputs that it reads. cdktf resolves every value for that,
 * half of the time that a stack takes, and where there is no other stack there is nothing to find.
 */
function prepared(stack: TerraformStack, others: boolean): TerraformStack {
  // The default of cdktf prints an absolute path of the machine.
  if (!stack.node.findAll().some(TerraformBackend.isBackend)) new LocalBackend(stack, { path: localStatePath(stack) });
  if (others) ofStack(stack, () => stack.prepareStack());
  assertAddresses(stack);
  return stack;
}

/** cdktf puts words of its own into the text of what is thrown while it resolves; ours is made anew from its parts. */
function ofStack<T>(stack: TerraformStack, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!VaultCdkError.is(error)) throw error;
    throw new VaultCdkError({ at: at(stack), ...error.problem });
  }
}

/** Two resources at one address: cdktf would merge them into one without a word. */
function assertAddresses(stack: TerraformStack): void {
  const taken = new Map<string, IConstruct>();
  for (const resource of stack.node.findAll().filter(TerraformResource.isTerraformResource)) {
    const address = `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
    const other = taken.get(address);
    if (other) {
      throw new VaultCdkError({
        code: 'terraform/address-taken',
        problem: `two resources print the Terraform address ${address}`,
        at: resource.node.path,
        given: [other.node.path, resource.node.path],
        allowed: 'one resource for each address',
        live: 'silently ignored: the arguments of both are merged into one resource',
        fix: 'give the raw resource another construct id',
      });
    }
    taken.set(address, resource);
  }
}

function stackManifest(stack: TerraformStack): Manifest {
  const name = stack.node.id;
  const folder = `${StackManifests.stacksFolder}/${name}`;
  return {
    name,
    constructPath: stack.node.path,
    workingDirectory: folder,
    synthesizedStackPath: `${folder}/cdk.tf.json`,
    stackMetadataPath: `${folder}/${StackManifests.stackMetadataPath}`,
    annotations: stack.node.findAll().flatMap(annotations),
    dependencies: stack.dependencies.map(d => d.node.path),
  };
}

/** cdktf's annotations, without the stack traces that would put machine paths into the output. */
function annotations(construct: IConstruct): { constructPath: string; level: string; message: string }[] {
  const levels: readonly string[] = Object.values(AnnotationMetadataEntryType);
  return construct.node.metadata
    .filter(m => levels.includes(m.type))
    .map(m => ({ constructPath: construct.node.path, level: m.type, message: String(m.data) }));
}

/** Prints every chart to memory. Linear in the number of objects, where `chart.toJson()` walks the whole app per chart. */
export function printCharts(constructs: readonly IConstruct[], guard: TerraformTokenGuard): readonly PrintedChart[] {
  return constructs
    .filter(Chart.isChart)
    .map(chart => ({ chart, objects: objectsInOrder(chart).map(o => printObject(o, guard)) }));
}

function printObject(object: ApiObject, guard: TerraformTokenGuard): PrintedObject {
  try {
    const value = object.toJson() as Manifest;
    refuseTokens(object.kind, value, object.node.path);
    return { construct: object.node.path, value };
  } catch (error) {
    throw guard.takeRefusal() ?? error;
  }
}
