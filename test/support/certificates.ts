// Certificates for brokers and clients of a test, made when it runs and gone when it ends: no key is ever checked in. By
// openssl, which every Java of Debian brings along (by way of ca-certificates), and macOS has anyway.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Wanted {
  /** Its subject's common name: of a client, who it is. */
  readonly name: string;
  /** What a client may call the server: `IP:127.0.0.1`, `DNS:kafka.test`. Default: nothing. */
  readonly alternativeName?: string;
  /** For how many days. Default 1. With 0 its time is over when it is made. */
  readonly days?: number;
  /** Encrypts the key. Default: it is not encrypted. */
  readonly keyPassword?: string;
}

export interface Certificate {
  /** Paths of PEM files. */
  readonly certificate: string;
  readonly key: string;
  /** Key and certificate in one file, as a broker takes them. */
  readonly keyStore: string;
}

/** Somebody who signs certificates, and whom one may trust or not. */
export class Authority {
  readonly folder: string;
  /** The path of the PEM file that others trust it by. */
  readonly certificate: string;
  #made = 0;

  private constructor(folder: string) {
    this.folder = folder;
    this.certificate = join(folder, 'ca.pem');
  }

  static async create(name: string): Promise<Authority> {
    const authority = new Authority(await mkdtemp(join(tmpdir(), 'processor-certificates-')));
    await writeFile(authority.#path('config'), config);
    await authority.#openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      ...subject(name),
      '-days',
      '1',
    );
    return authority;
  }

  async issue({ name, alternativeName, days = 1, keyPassword }: Wanted): Promise<Certificate> {
    const file = `${++this.#made}`;
    await this.#openssl('req', '-new', ...newKey, '-keyout', `${file}.key`, '-out', `${file}.csr`, ...subject(name));
    await writeFile(
      this.#path(`${file}.ext`),
      `basicConstraints=CA:FALSE\n${alternativeName === undefined ? '' : `subjectAltName=${alternativeName}\n`}`,
    );
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${file}.ext`];
    await this.#openssl('x509', '-req', '-in', `${file}.csr`, ...signed, '-days', `${days}`, '-out', `${file}.pem`);
    const made = {
      certificate: this.#path(`${file}.pem`),
      key: this.#path(`${file}.key`),
      keyStore: this.#path(`${file}.store`),
    };
    if (keyPassword !== undefined) {
      await this.#openssl(
        'pkcs8',
        '-topk8',
        '-in',
        `${file}.key`,
        '-out',
        `${file}.enc`,
        '-passout',
        `pass:${keyPassword}`,
      );
      await writeFile(made.key, await readFile(this.#path(`${file}.enc`)));
    }
    await writeFile(made.keyStore, `${await readFile(made.key, 'utf8')}${await readFile(made.certificate, 'utf8')}`);
    return made;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  #path(file: string): string {
    return join(this.folder, file);
  }

  async #openssl(command: string, ...args: string[]): Promise<void> {
    const usesConfig = command === 'req' ? ['-config', 'config'] : [];
    await run('openssl', [command, ...usesConfig, ...args], { cwd: this.folder });
  }
}

/** Quick to make. */
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** So that nothing depends on the machine's own. */
const config = `[req]
distinguished_name = subject
x509_extensions = authority
[subject]
[authority]
basicConstraints = critical,CA:TRUE
subjectKeyIdentifier = hash
`;

function subject(name: string): string[] {
  return ['-subj', `/CN=${name}`];
}
