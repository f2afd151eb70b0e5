// docker/kubernetes/: whether the manifests fit each other, the image, and our own command line.

import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { knownVariables, refusedArguments } from '../support/command-line.js';
import { instructionOf, productionStage, readYaml } from '../support/docker-files.js';

interface Deployment {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly selector: { readonly matchLabels: Labels };
    readonly template: {
      readonly metadata: { readonly labels: Labels; readonly annotations: Labels };
      readonly spec: PodSpec;
    };
  };
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly secret: { readonly secretName: string } }[];
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly resources: { readonly limits: Labels; readonly requests: Labels };
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly: boolean }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

type Labels = Readonly<Record<string, string>>;

interface Budget {
  readonly spec: { readonly selector: { readonly matchLabels: Labels } };
}

interface ScaledObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly name: string };
    readonly maxReplicaCount: number;
    readonly triggers: readonly {
      readonly type: string;
      readonly metadata: Labels;
      readonly authenticationRef: { readonly name: string };
    }[];
  };
}

interface TriggerAuthentication {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly secretTargetRef: readonly { readonly name: string; readonly key: string }[] };
}

const [deployment] = readYaml('kubernetes/deployment.yaml') as [Deployment];
const pod = deployment.spec.template.spec;
const container = pod.containers[0] as Container;
const value = (name: string): string | undefined => container.env.find((one) => one.name === name)?.value;

describe('the deployment', () => {
  test('finds its own pods', () => {
    expect(deployment.spec.template.metadata.labels).toMatchObject(deployment.spec.selector.matchLabels);
  });

  test('starts the image with what the command line knows', () => {
    expect(refusedArguments(container.args)).toEqual([]);
    const known = [...knownVariables(), 'NODE_OPTIONS'];
    for (const { name } of container.env) expect(known).toContain(name);
    expect(container.image).toMatch(/:\d+\.\d+\.\d+$/);
  });

  test('asks at the port that is opened', () => {
    const [port] = container.ports;
    const { startupProbe, livenessProbe, readinessProbe } = container;
    for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) expect(httpGet.port).toBe(port?.name);
    expect([startupProbe.httpGet.path, livenessProbe.httpGet.path]).toEqual(['/livez', '/livez']);
    expect(readinessProbe.httpGet.path).toBe('/readyz');
    expect(`${port?.containerPort}`).toBe(instructionOf(productionStage(), 'EXPOSE'));
    expect(deployment.spec.template.metadata.annotations['prometheus.io/port']).toBe(`${port?.containerPort}`);
  });

  test("runs as the image's own user, who may do as little as possible", () => {
    const { runAsUser, runAsGroup } = pod.securityContext;
    expect(`${runAsUser}:${runAsGroup}`).toBe(instructionOf(productionStage(), 'USER'));
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('gives it the time to stop, and the memory of two processes and of one that watches over them', () => {
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(15);
    const [, heapMiB] = /--max-old-space-size=(\d+)/.exec(value('NODE_OPTIONS') ?? '') ?? [];
    const processMiB = mebibytes(value('PROCESSOR_MEMORY_MAX')?.replace('iB', 'i'));
    expect(processMiB).toBeGreaterThan(Number(heapMiB));
    expect(mebibytes(container.resources.limits['memory'])).toBeGreaterThanOrEqual(2 * processMiB + 128);
  });

  test('hands secrets over as files of a Secret', () => {
    for (const { name, mountPath, readOnly } of container.volumeMounts) {
      expect(pod.volumes.map((volume) => volume.name)).toContain(name);
      expect(readOnly).toBe(true);
      const files = container.env.filter((one) => one.name.endsWith('_FILE') || one.name.endsWith('_LOCATION'));
      expect(files).not.toEqual([]);
      for (const one of files) expect(dirname(one.value)).toBe(mountPath);
    }
    for (const { name } of container.env) expect(name).not.toMatch(/(PASSWORD|SECRET|USER_INFO)$/);
  });
});

test('the disruption budget is about the pods of the deployment', () => {
  const [budget] = readYaml('kubernetes/pod-disruption-budget.yaml') as [Budget];
  expect(budget.spec.selector.matchLabels).toEqual(deployment.spec.selector.matchLabels);
});

describe('scaling by lag', () => {
  const [scaled, login] = readYaml('kubernetes/scaled-object.yaml') as [ScaledObject, TriggerAuthentication];
  const trigger = scaled.spec.triggers[0] as ScaledObject['spec']['triggers'][number];

  test('scales the deployment, by the brokers that it reads from', () => {
    expect(scaled.spec.scaleTargetRef.name).toBe(deployment.metadata.name);
    expect(trigger).toMatchObject({ type: 'kafka', metadata: { bootstrapServers: value('KAFKA_BROKERS') } });
  });

  test('leaves room for the markers of transactions: two for each partition', () => {
    expect(Number(trigger.metadata['activationLagThreshold'])).toBeGreaterThanOrEqual(2 * scaled.spec.maxReplicaCount);
  });

  test('logs in as the processors do', () => {
    expect(trigger.authenticationRef.name).toBe(login.metadata.name);
    const files = container.env.map((one) => one.value);
    for (const { name, key } of login.spec.secretTargetRef) {
      expect(pod.volumes.map(({ secret }) => secret.secretName)).toContain(name);
      expect(files).toContain(`${container.volumeMounts[0]?.mountPath}/${key}`);
    }
  });
});

function mebibytes(size = ''): number {
  const [, amount, unit] = /^(\d+)(Mi|Gi)$/.exec(size) ?? [];
  return Number(amount) * (unit === 'Gi' ? 1024 : 1);
}
