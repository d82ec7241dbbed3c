import { statfsSync, statSync } from 'node:fs';
import { type Config, ConfigError, type ConfigFlags, readConfig } from '../../config/config.ts';
import { isOpenTo, isWritable } from '../../config/file-access.ts';
import { isLocal, lacksPublicUrl } from '../../config/network-config.ts';
import { platformVariables, unknownVariables } from '../../config/unknown-variables.ts';
import { packageInfo } from '../../lib/own-package.ts';
import { bytesInWords } from '../../lib/words.ts';
import { explainError } from '../../terminal/explain-error.ts';
import { terminal } from '../../terminal/terminal.ts';
import { asServed } from '../as-served.ts';
import { examineWebClock, examineYear } from './check-clock.ts';
import { examineDatabase } from './check-database.ts';
import { examineMail } from './check-mail.ts';
import { examineSecret } from './check-secrets.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

export interface DoctorOptions {
  /** Whether other machines are asked what they know of the domain that mail comes from. */
  readonly dns: boolean;
  /** A web server whose clock this one is compared with; undefined: none is asked. */
  readonly clock: string | undefined;
}

/** Everything that the doctor looks at, in the order in which one thing needs the other. */
export async function examineAll(flags: ConfigFlags, options: DoctorOptions): Promise<Finding[]> {
  const { config, isComplete, findings } = examineConfig(flags);
  const examine = (check: string, look: () => Finding | Finding[]) => {
    try {
      findings.push(...[look()].flat());
    } catch (error) {
      findings.push(problem(check, explainError(error).text, 'Solve this first.'));
    }
  };
  examine('node', examineNode);
  if (!config) return findings;
  if (isComplete) {
    examine('network', () => examineHost(config));
    examine('public URL', () => examinePublicUrl(config));
  }
  examine('data folder', () => examineFolder(config));
  if (isComplete) examine('secret key', () => examineSecret(config));
  examine('disk space', () => examineSpace(config));
  examine('clock', () => examineYear(new Date()));
  if (options.clock !== undefined) findings.push(await examineWebClock(options.clock));
  if (isComplete) findings.push(...(await examineMail(config, options)));
  findings.push(...(await examineConfigured(config)));
  return findings;
}

async function examineConfigured(config: Config): Promise<Finding[]> {
  const { database } = config;
  if (database.engine === 'sqlite') return examineDatabase(config, database.path);
  const { examinePostgres } = await import('./check-postgres.ts');
  return examinePostgres(config, database);
}

/**
 * The configuration. Where it has errors it is not complete: it has defaults in the place of what is wrong, and
 * says no more than where things are.
 */
function examineConfig(flags: ConfigFlags): {
  config: Config | undefined;
  isComplete: boolean;
  findings: Finding[];
} {
  const check = 'configuration';
  const unknown = unknownVariables().map(({ name, meant }) =>
    warning(
      check,
      `${name} is not known, and does nothing`,
      meant === undefined ? 'Correct its name, or remove it.' : `Did you mean ${meant}?`,
    ),
  );
  try {
    const config = readConfig(asServed(flags));
    const findings = unknown.length > 0 ? unknown : [ok(check, 'is complete')];
    return { config, isComplete: true, findings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const findings = error.problems.map((text) =>
      problem(check, text, 'The server does not start until this is solved.'),
    );
    const config = withoutProblems(flags, error.problems);
    return { config, isComplete: false, findings: [...findings, ...unknown] };
  }
}

/** Undefined if the places are not known. */
function withoutProblems(flags: ConfigFlags, problems: readonly string[]): Config | undefined {
  const { LATCHKEY_DATA_DIR, LATCHKEY_DATABASE_URL, ...others } = terminal().env;
  const sound = Object.entries(others).filter(
    ([variable]) => !problems.some((text) => text.includes(`${variable}:`)),
  );
  try {
    return readConfig(flags, {
      ...Object.fromEntries(sound),
      LATCHKEY_DATA_DIR,
      LATCHKEY_DATABASE_URL,
    });
  } catch {
    return undefined;
  }
}

function examineNode(): Finding {
  const { engines, version } = packageInfo();
  const running = process.versions.node;
  const least = Number(/\d+/.exec(engines.node)?.[0]);
  return Number.parseInt(running, 10) >= least
    ? ok('node', `${running} runs Latchkey ${version}, which needs ${engines.node}`)
    : problem(
        'node',
        `${running} is too old: Latchkey ${version} needs ${engines.node}`,
        'Install a newer Node.js.',
      );
}

function examinePublicUrl(config: Config): Finding {
  const check = 'public URL';
  const { publicUrl } = config;
  if (lacksPublicUrl(config)) {
    return warning(
      check,
      'is not set: links begin with the host and port the server listens on, which others may be unable to reach',
      'Name it in LATCHKEY_PUBLIC_URL, such as https://auth.example.com.',
    );
  }
  if (publicUrl === undefined) return ok(check, 'is where the server listens');
  const { protocol, hostname } = new URL(publicUrl);
  return protocol === 'https:' || isLocal(hostname)
    ? ok(check, publicUrl)
    : warning(
        check,
        `${publicUrl} is not https: passwords and tokens travel in the clear`,
        'Put a proxy that speaks TLS in front, and name its https URL in LATCHKEY_PUBLIC_URL.',
      );
}

function examineHost({ host, port, metrics }: Config): Finding[] {
  const check = 'network';
  const findings: Finding[] = [];
  for (const variable of platformVariables()) {
    findings.push(
      warning(
        check,
        `${variable} is the URL of a Service that Kubernetes has put there, and is left out`,
        'Give a port of your own by the flag, or name the Service otherwise.',
      ),
    );
  }
  if (!isLocal(host)) {
    findings.push(
      warning(
        check,
        `listens on ${interfaces(host)} without encryption: passwords and tokens travel in the clear`,
        'Put a proxy that speaks TLS in front, and let nobody else reach the port.',
      ),
    );
  }
  if (metrics && !isLocal(metrics.host)) {
    findings.push(
      warning(
        check,
        `serves its metrics to everybody who reaches port ${metrics.port} on ${interfaces(metrics.host)}`,
        'Let only what collects them reach the port, or leave --metrics-host as it is.',
      ),
    );
  }
  if (findings.length > 0) return findings;
  return [ok(check, `listens on ${host}, port ${port}: this machine alone reaches it`)];
}

function interfaces(host: string): string {
  return /^(0\.0\.0\.0|::|)$/.test(host) ? 'every interface' : host;
}

function examineFolder({ dataDir }: Config): Finding {
  const check = 'data folder';
  const found = statSync(dataDir, { throwIfNoEntry: false });
  if (!found) {
    return problem(
      check,
      `${dataDir} is not there`,
      'Name it with --data, or make one: latchkey migrate',
    );
  }
  if (!found.isDirectory()) {
    return problem(check, `${dataDir} is not a folder`, 'Name a folder with --data.');
  }
  if (!isWritable(dataDir)) {
    return problem(
      check,
      `this user cannot write to ${dataDir}`,
      'Run as the user whose it is, or give it to this one (chown).',
    );
  }
  const advice = `Keep others out: chmod 700 ${dataDir}`;
  if (isOpenTo(found.mode, 0o022)) return problem(check, `others may write to ${dataDir}`, advice);
  if (isOpenTo(found.mode, 0o055)) return warning(check, `others may look into ${dataDir}`, advice);
  return ok(check, dataDir);
}

const mebibyte = 1024 ** 2;

function examineSpace({ dataDir }: Config): Finding {
  const check = 'disk space';
  const found = statSync(dataDir, { throwIfNoEntry: false });
  const { bavail, bsize } = statfsSync(found ? dataDir : '.');
  const free = bavail * bsize;
  const message = `${bytesInWords(free)} are free`;
  const advice = 'Make room, or move the data folder. On a full disk nobody can sign in.';
  if (free < 100 * mebibyte) return problem(check, message, advice);
  if (free < 1024 * mebibyte) return warning(check, message, advice);
  return ok(check, message);
}
