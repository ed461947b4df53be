import type { Faults } from './faults.js';
import { listItems, type Given, type GivenValue } from './given.js';
import type { Reading } from './reading.js';
import { settingOf, type Role, type SettingName } from './settings.js';
import type { Reader } from './values.js';

/**
 * What the node was given, read setting by setting. A value that is wrong becomes a fault, and its default stands in
 * for it, so that reading goes on to the next fault.
 */
export class GivenSettings {
  readonly #given: Given;
  readonly #faults: Faults;

  /** @param sources what was given, the one that counts most first */
  constructor(sources: readonly Given[], faults: Faults) {
    this.#given = new Map(sources.toReversed().flatMap((source) => [...source]));
    this.#faults = faults;
  }

  has(name: SettingName): boolean {
    return this.#given.has(name);
  }

  /** Where it was given. Absent: nowhere. */
  placeOf(name: SettingName): GivenValue['place'] | undefined {
    return this.#given.get(name)?.place;
  }

  /** Whether a switch is there. */
  isOn(name: SettingName): boolean {
    return this.#given.get(name)?.values[0] === 'true';
  }

  /** The value, or nothing when there is none or a wrong one. */
  value<T>(name: SettingName, read: Reader<T>): T | undefined {
    const given = this.#given.get(name);
    if (given === undefined) return undefined;
    return this.#accepted(name, read(given.values.join(',')));
  }

  /** The value of every item of a list. */
  items<T>(name: SettingName, read: Reader<T>): T[] {
    const given = this.#given.get(name);
    if (given === undefined) return [];
    const items = listItems(given.values);
    if (items.length === 0) this.#faults.add(`${given.origin} is empty.`);
    const values = items.map((item) => this.#accepted(name, read(item)));
    return values.filter((value) => value !== undefined);
  }

  /** A fault that lies in this setting: `problem` is a clause behind its name, without a full stop. */
  fault(name: SettingName, problem: string): void {
    this.#faults.add(`${this.#given.get(name)?.origin ?? `--${name}`} ${problem}.`);
  }

  /** A fault that lies in what is not there: a full sentence. */
  missing(sentence: string): void {
    this.#faults.add(sentence);
  }

  /** Two settings that mean nothing without each other. */
  requirePair(one: SettingName, other: SettingName): void {
    if (this.has(one) && !this.has(other)) this.fault(one, `needs --${other}`);
    if (this.has(other) && !this.has(one)) this.fault(other, `needs --${one}`);
  }

  /**
   * Drops what means nothing to any of these roles. In the command line and the file it is a fault; the environment may
   * be shared with other nodes.
   */
  keepOnly(roles: readonly Role[]): void {
    for (const [name, { place }] of [...this.#given]) {
      const owners = settingOf(name).roles;
      if (owners === undefined || owners.some((owner) => roles.includes(owner))) continue;
      const isOff = settingOf(name).type === 'switch' && !this.isOn(name);
      if (place !== 'variable' && !isOff) this.#wrongRole(name, owners);
      this.#given.delete(name);
    }
  }

  #wrongRole(name: SettingName, owners: readonly Role[]): void {
    const [names, them] = [owners.map((owner) => withArticle(owner)), owners.map((owner) => `--${owner}`)];
    this.fault(name, `is for ${names.join(' or ')}, which this node is not: add ${them.join(' or ')}, or leave it out`);
  }

  #accepted<T>(name: SettingName, reading: Reading<T>): T | undefined {
    if (reading.accepted) return reading.value;
    this.fault(name, reading.fault);
    return undefined;
  }
}

function withArticle(role: Role): string {
  return role === 'orchestrator' ? 'an orchestrator' : `a ${role}`;
}
