#!/usr/bin/env node
// The same suite under the other engines and versions that package.json allows, and the packed package in other people's
// projects: `node test/legs/run.mjs [--keep] [LEG...]`. Without names, all of them, one after the other.
//
// What a leg installs is kept in <cache>/legs/<install>-<hash>, and is complete or not there at all. The sources are copied
// to a fresh temporary folder each time, so that runs do not meet; --keep leaves that folder and says where it is.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const lowest = range => /\d+\.\d+(\.\d+)?/.exec(range)[0].replace(/^\d+\.\d+$/, '$&.0');

const CDKTN = '0.24.0';
const CONSTRUCTS_MAX = '10.8.1';
const CONSTRUCTS_MIN = lowest(manifest.peerDependencies.constructs);
const NODE_MIN = lowest(manifest.engines.node);
const NODE_22 = '22.23.3';
// The newest of each major that the cdk8s template (5.9.x) or a newer project may have.
const TYPESCRIPT = { typescript: '5.9.3', typescript6: 'npm:typescript@6.0.3', typescript7: 'npm:typescript@7.0.2' };

const LEGS = {
  cdktn: () =>
    suite({
      install: 'cdktn',
      change: m => {
        // npm refuses an override of what package.json itself asks for, unless both say the same.
        delete m.peerDependencies.cdktf;
        m.devDependencies.cdktf = `npm:cdktn@${CDKTN}`;
        m.overrides = { cdktf: `npm:cdktn@${CDKTN}` };
      },
      expect: { folder: 'cdktf', name: 'cdktn', version: CDKTN },
      golden: text => text.replaceAll(`"version": "${manifest.devDependencies.cdktf}"`, `"version": "${CDKTN}"`),
    }),
  'constructs-min': () => suite(constructs('constructs-min', CONSTRUCTS_MIN)),
  'constructs-max': () => suite(constructs('constructs-max', CONSTRUCTS_MAX)),
  'node-min': () => suite({ install: 'locked', node: NODE_MIN }),
  node22: () => suite({ install: 'locked', node: NODE_22 }),
  template,
  esm,
};

function constructs(install, version) {
  return {
    install,
    change: m => (m.devDependencies.constructs = version),
    expect: { folder: 'constructs', name: 'constructs', version },
  };
}

// ---- the unit suite, with something else below it

async function suite(leg) {
  const changed = structuredClone(manifest);
  leg.change?.(changed);
  const path = leg.node ? [dirname(await nodeBinary(leg.node))] : [];
  const modules = await installed(leg.install, changed, leg.expect);

  const folder = scratch('source');
  copySources(folder);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(changed, null, 2)}\n`);
  symlinkSync(modules, join(folder, 'node_modules'));
  if (leg.golden) rewrite(join(folder, 'test/golden'), leg.golden);

  const seen = (await must(folder, ['node', '-p', 'process.versions.node'], path)).trim();
  if (leg.node && seen !== leg.node) throw new Error(`this is Node ${seen}, not ${leg.node}`);
  await must(folder, ['npm', 'run', '-s', 'build'], path);

  const file = join(scratch('results'), 'unit.json');
  const jest = ['node', 'node_modules/jest/bin/jest.js', '--json', `--outputFile=${file}`];
  const { output } = await exec(folder, [...jest, `--cacheDirectory=${scratch('jest')}`], path);
  if (!existsSync(file)) throw new Error(`jest did not end\n${tail(output)}`);
  const results = JSON.parse(readFileSync(file, 'utf8'));
  const failures = results.testResults.flatMap(s => {
    const name = relative(folder, s.name);
    const failed = s.assertionResults.filter(a => a.status === 'failed');
    if (s.status === 'failed' && failed.length === 0) return [`${name}\n${head(s.message)}`];
    return failed.map(a => `${name}: ${a.fullName}\n${head(a.failureMessages.join('\n'))}`);
  });
  return { passed: results.numPassedTests, failures };
}

/** Every copy of the package that npm installed must be the one that the leg is about. */
function checkInstalled(folder, { folder: name, ...expected }) {
  const { packages } = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'));
  const copies = Object.keys(packages).filter(p => p.endsWith(`node_modules/${name}`));
  const found = copies.map(p => {
    const { name, version } = JSON.parse(readFileSync(join(folder, p, 'package.json'), 'utf8'));
    return `${p}: ${name}@${version}`;
  });
  const wanted = [`node_modules/${name}: ${expected.name}@${expected.version}`];
  if (found.join() !== wanted.join()) throw new Error(`npm installed ${found.join(', ') || 'none'}, not ${wanted}`);
}

function rewrite(folder, change) {
  for (const f of filesBelow(folder).filter(f => f.endsWith('.json'))) {
    const file = join(folder, f);
    writeFileSync(file, change(readFileSync(file, 'utf8')));
  }
}

// ---- the packed package, in projects of its users

/** A project as `cdk8s init typescript-app` of cdk8s-cli 2.207.60 makes it, with its tsconfig as it is. */
async function template() {
  const { folder, check, result } = await userProject({});
  cpSync(join(root, 'test/legs/cdk8s-template.tsconfig.json'), join(folder, 'tsconfig.json'));
  const blocks = writeBlocks(folder, 'ts');

  await check('TypeScript 5.9 compiles the programs of the README', () => must(folder, ['npx', 'tsc', '--build']));
  for (const version of [6, 7])
    await check(`TypeScript ${version} compiles them`, () =>
      must(folder, ['node', `node_modules/typescript${version}/bin/tsc`, '--noEmit', '-p', '.']),
    );
  for (const block of blocks)
    await check(`${block}.js runs, and says nothing`, async () => {
      same(await must(folder, ['node', `${block}.js`]), '');
    });
  await check('both halves are printed', () => {
    same(Object.keys(printed(folder)).join('\n').includes('cdktf.out/stacks/'), true);
    same(Object.keys(printed(folder)).join('\n').includes('.k8s.yaml'), true);
  });
  await check('its command line checks them', () => must(folder, ['npx', '--no-install', 'vault-cdk', 'check']));
  return result();
}

/** An ECMAScript project: every name can be imported, and the same program prints the same bytes. */
async function esm() {
  const { folder, check, result } = await userProject({ type: 'module' });
  const compilerOptions = { module: 'nodenext', target: 'es2022', lib: ['es2022'], strict: true };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const blocks = writeBlocks(folder, 'mts');
  writeBlocks(folder, 'cts');

  await check('TypeScript 5.9 compiles the programs of the README as modules', () => must(folder, ['npx', 'tsc']));
  for (const block of blocks)
    await check(`${block} runs as a module, and prints what it prints as CommonJS`, async () => {
      const outputs = [];
      for (const ext of ['mjs', 'cjs']) {
        same(await must(folder, ['node', `${block}.${ext}`]), '');
        outputs.push(JSON.stringify(printed(folder)));
        for (const f of OUTPUT) rmSync(join(folder, f), { recursive: true, force: true });
      }
      same(outputs[0], outputs[1]);
      if (block === 'main') same(outputs[0].includes('.k8s.yaml'), true);
    });
  const names = `
    import { createRequire } from 'node:module';
    import * as esm from 'vault-cdk';
    const missing = Object.keys(createRequire(import.meta.url)('vault-cdk')).filter(k => !(k in esm));
    if (missing.length) throw new Error('cannot be imported by name: ' + missing.join(', '));`;
  await check('every export can be imported by name', () =>
    must(folder, ['node', '--input-type=module', '--eval', names]),
  );
  return result();
}

async function userProject(more) {
  const tarball = await packed();
  const folder = scratch('project');
  // Beside what the template asks for: its jest and its cdk8s-cli play no part here, and the README uses cdk8s-plus-28.
  const { cdk8s, 'cdk8s-plus-28': plus } = manifest.peerDependencies;
  const project = {
    name: 'user',
    version: '1.0.0',
    private: true,
    ...more,
    dependencies: { cdk8s, 'cdk8s-plus-28': plus, constructs: `^${CONSTRUCTS_MAX}` },
    devDependencies: { '@types/jest': '^29', '@types/node': '^14', ...TYPESCRIPT },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project, null, 2));
  await npmInstall(folder, Object.values(TYPESCRIPT).concat('@types/jest', '@types/node'), '--prefer-offline', tarball);

  let passed = 0;
  const failures = [];
  const check = async (name, work) => {
    try {
      await work();
      passed++;
    } catch (error) {
      failures.push(`${name}\n${head(error.message)}`);
    }
  };
  await check('no peer dependency is missing or wrong', () => must(folder, ['npm', 'ls']));
  return { folder, check, result: () => ({ passed, failures }) };
}

/** The tarball, packed from a copy: another process may be building in the checkout. */
let tarball;
async function packed() {
  if (tarball) return tarball;
  if (!existsSync(join(root, 'node_modules'))) throw new Error('run `npm ci` first');
  const folder = scratch('package');
  copySources(folder);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  await must(folder, ['npm', 'run', '-s', 'build']);
  // Already built; and npm would build again.
  await must(folder, ['npm', 'pack', '--ignore-scripts', '--silent']);
  return (tarball = join(folder, `${manifest.name}-${manifest.version}.tgz`));
}

/** Writes the programs of the README; the first is `main`. */
function writeBlocks(folder, ext) {
  const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(m => m[1]);
  if (blocks.length === 0) throw new Error('the README has no program');
  return blocks.map((text, i) => {
    const name = i === 0 ? 'main' : `block-${i + 1}`;
    writeFileSync(join(folder, `${name}.${ext}`), text);
    return name;
  });
}

const OUTPUT = ['cdktf.out', 'dist', 'cdktf.out.files.json'];

function printed(folder) {
  const files = OUTPUT.flatMap(o => {
    const path = join(folder, o);
    if (!existsSync(path)) return [];
    return statSync(path).isDirectory() ? filesBelow(path).map(f => join(o, f)) : [o];
  });
  return Object.fromEntries(files.sort().map(f => [f, readFileSync(join(folder, f), 'utf8')]));
}

// ---- what is installed, and where

const cache = process.env.VAULT_CDK_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vault-cdk');
const legs = join(cache, 'legs');

/** The node_modules for a changed package.json. */
async function installed(name, changed, expected) {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const { dependencies, devDependencies, peerDependencies, overrides } = changed;
  const wanted = {
    name: manifest.name,
    version: manifest.version,
    dependencies,
    devDependencies,
    peerDependencies,
    overrides,
  };
  const folder = await keep(`${name}-${hash(JSON.stringify(wanted), lock)}`, async half => {
    writeFileSync(join(half, 'package.json'), JSON.stringify(wanted, null, 2));
    writeFileSync(join(half, 'package-lock.json'), lock);
    await npmInstall(half, expected ? [`${expected.name}@${expected.version}`] : []);
    if (expected) checkInstalled(half, expected);
  });
  return join(folder, 'node_modules');
}

/** A Node of another version, from the package that the npm package `node` installs. */
async function nodeBinary(version) {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const folder = await keep(`${name}-${version}`, async half => {
    writeFileSync(join(half, 'package.json'), '{ "private": true }');
    await npmInstall(half, [`${name}@${version}`], `${name}@${version}`);
  });
  return join(folder, 'node_modules', name, 'bin/node');
}

/** A folder of the cache; `make` fills it when it is not there, and it appears under its name only when it is complete. */
async function keep(name, make) {
  const folder = join(legs, name);
  if (!existsSync(folder)) {
    const half = mkdtempSync(join(legs, '.half-'));
    mine.add(half);
    await make(half);
    try {
      renameSync(half, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error; // otherwise another run was faster
    }
  }
  utimesSync(folder, new Date(), new Date());
  return folder;
}

class NotToBeHad extends Error {}

/** `wanted`: what the leg is about, of which the registry may not serve the version. */
async function npmInstall(folder, wanted, ...args) {
  const command = ['npm', 'install', '--no-audit', '--no-fund', ...args];
  const { code, output } = await exec(folder, command);
  if (code === 0) return;
  const why = output.split('\n').filter(l => /^npm err/i.test(l));
  const npmCode = /code (\w+)/.exec(why[0])?.[1] ?? '';
  const offline = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)$/;
  const unserved = /^(E404|E403|ETARGET)$/.test(npmCode) && wanted.some(w => why.join('\n').includes(w));
  if (unserved || offline.test(npmCode)) throw new NotToBeHad(why.slice(0, 2).join('; '));
  throw new Error(`${command.join(' ')} failed\n${tail(output)}`);
}

function hash(...texts) {
  const h = createHash('sha256');
  for (const text of texts) h.update(text).update('\0');
  return h.update(`${process.platform}-${process.arch}`).digest('hex').slice(0, 16);
}

// ---- folders, processes

const mine = new Set();
const children = new Set();

const place = mkdtempSync(join(tmpdir(), 'vault-cdk-legs-'));
if (process.argv.includes('--keep')) console.log(`kept: ${place}`);
else mine.add(place);

const scratch = name => mkdtempSync(join(place, `${name}-`));

/** The files that git knows, as they are now. */
let sources;
function copySources(folder) {
  for (const f of sources) if (existsSync(join(root, f))) cpSync(join(root, f), join(folder, f));
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true }).filter(f => statSync(join(folder, f)).isFile());
}

/** Removes what killed runs left behind, and what no run has used for a month. */
function sweep() {
  const day = 24 * 3600 * 1000;
  const old = (folder, days) => Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0) > days * day;
  const remove = folder => rmSync(folder, { recursive: true, force: true });
  for (const f of readdirSync(tmpdir()).filter(f => f.startsWith('vault-cdk-legs-')))
    if (old(join(tmpdir(), f), 1)) remove(join(tmpdir(), f));
  for (const f of readdirSync(legs)) {
    const folder = join(legs, f);
    if (f.startsWith('.half-')) {
      if (old(folder, 1)) remove(folder);
    } else if (old(folder, 30)) {
      const aside = join(legs, `.half-${process.pid}-${f}`);
      renameSync(folder, aside);
      remove(aside);
    }
  }
}

/** Runs a command to its end; its two streams come back as one text. */
function exec(cwd, [file, ...args], path = []) {
  // Nothing of the npm script that may have started this, and nothing that changes what a program prints.
  const own = /^(npm_(package|lifecycle)_|npm_config_(local_)?prefix$|INIT_CWD$|NODE_OPTIONS$|CDKTF_|CDK8S_|SYNTH_)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([k]) => !own.test(k)));
  env.PATH = [...path, env.PATH].join(delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text));
    const limit = setTimeout(() => {
      output += '\nended after 20 min';
      end(child);
    }, 20 * 60_000);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      children.delete(child);
      resolve({ code: code ?? signal, output });
    });
  });
}

async function must(cwd, command, path) {
  const { code, output } = await exec(cwd, command, path);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}\n${tail(output)}`);
  return output;
}

function end(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function clean() {
  for (const folder of mine) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function same(given, wanted) {
  if (given !== wanted) throw new Error(`given:    ${given}\nexpected: ${wanted}`);
}

const head = text =>
  text
    .replaceAll(/\x1b\[[\d;]*m/g, '')
    .split('\n')
    .slice(0, 25)
    .join('\n');
const tail = text =>
  text
    .replaceAll(/\x1b\[[\d;]*m/g, '')
    .split('\n')
    .slice(-25)
    .join('\n');

// ---- all of it

async function main(names) {
  const unknown = names.filter(n => !Object.hasOwn(LEGS, n));
  if (unknown.length > 0) {
    console.error(`no such leg: ${unknown.join(', ')}; there are ${Object.keys(LEGS).join(', ')}`);
    return 2;
  }
  mkdirSync(legs, { recursive: true });
  sweep();
  sources = (await must(root, ['git', 'ls-files', '-z'])).split('\0').filter(f => f !== '');

  let ok = true;
  for (const name of names.length > 0 ? names : Object.keys(LEGS)) {
    const began = Date.now();
    const seconds = () => Math.round((Date.now() - began) / 1000);
    try {
      const { passed, failures } = await LEGS[name]();
      for (const failure of failures) console.log(`${name}: FAILED ${failure.replaceAll('\n', '\n  ')}\n`);
      console.log(`${name}: ${passed} passed, ${failures.length} failed (${seconds()} s)`);
      // A leg in which nothing ran has shown nothing.
      ok &&= failures.length === 0 && passed > 0;
    } catch (error) {
      if (error instanceof NotToBeHad) console.log(`${name}: skipped, ${error.message}`);
      else {
        console.log(`${name}: could not run: ${error.message.replaceAll('\n', '\n  ')}`);
        console.log(`${name}: 0 passed, 1 failed (${seconds()} s)`);
        ok = false;
      }
    }
  }
  return ok ? 0 : 1;
}

for (const [signal, number] of [
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGTERM', 15],
])
  process.once(signal, () => {
    children.forEach(end);
    clean();
    process.exit(128 + number);
  });

try {
  process.exitCode = await main(process.argv.slice(2).filter(a => a !== '--keep'));
} finally {
  clean();
}
