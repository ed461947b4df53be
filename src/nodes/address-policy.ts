import type { NetworkPolicy, UrlScheme } from '../transcoder/options.js';
import { formatCidr, parseCidr, subtract } from './cidr.js';
import type { Cidr } from './cidr.js';

/** What a transcoder node may connect to for the jobs it is given. */
export interface AddressPolicyOptions {
  /**
   * Loopback and private networks to open, as addresses or CIDR blocks: a block opens as much of them as it covers.
   * Networks that are always denied stay so.
   */
  allowNetworks: readonly string[];
  /** Whether the node can be reached from its own machine only: all loopback and private networks are open then. */
  loopbackOnly: boolean;
}

/** The kinds of URL that a job from the network may name: never a file. */
export const networkSchemes = [
  'http',
  'https',
  'rtmp',
  'rtmps',
  'srt',
  'rtsp',
  'rtsps',
] as const satisfies readonly UrlScheme[];

/** Loopback, and what is private to an organisation. */
const openable = blocksOf([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10', // shared by a provider's customers
  '198.18.0.0/15', // for benchmarks
  '::1/128',
  'fc00::/7',
]);

/**
 * What no source and no output can have a reason to be at. IPv4 inside IPv6 is the engine's affair where it knows the
 * form (`::ffff:a.b.c.d` and `64:ff9b::a.b.c.d`: it judges the address within); the other forms are denied as a whole.
 */
const neverOpen = [
  ...blocksOf([
    '0.0.0.0/8', // unspecified: this host
    '169.254.0.0/16', // link-local, and the metadata services of most clouds
    '192.0.0.0/24', // of protocols; holds Oracle's metadata service
    '192.0.2.0/24', // documentation, like the next two
    '198.51.100.0/24',
    '203.0.113.0/24',
    '192.88.99.0/24', // relays of 6to4
    '224.0.0.0/4', // multicast
    '240.0.0.0/4', // reserved, and broadcast
    '100.100.100.200/32', // Alibaba's metadata service, in a range that may be opened
    '168.63.129.16/32', // Azure's, at a public address
    'fd00:ec2::/32', // Amazon's
    'fd20:ce::254/128', // Google's
    'fd00:42::42/128', // Scaleway's
    'fd00:c1::a9fe:a9fe/128', // Oracle's
    '::ffff:0:0:0/96', // IPv4 translated
    '64:ff9b:1::/48', // IPv4 translated in a way that is local
    '100::/64', // discarded
    '2001::/23', // of protocols; Teredo has IPv4 in it
    '2001:db8::/32', // documentation, like the next
    '3fff::/20',
    '2002::/16', // 6to4, with IPv4 in it
    '5f00::/16', // segment routing
    'fe80::/10', // link-local
    'fec0::/10', // what was site-local
    'ff00::/8', // multicast
  ]),
  // Unspecified, and IPv4 written the old way. Loopback is in between.
  ...subtract(blocksOf(['::/96']), blocksOf(['::1/128'])),
];

/**
 * The policy to run a job with that came over the network. The engine applies it to the resolved address of every
 * connection: the source's and the outputs', those of redirects, and those of everything a playlist refers to.
 *
 * It says nothing about synthetic sources (`testpattern:`), for which the engine asks no policy; see
 * {@link hasNetworkScheme}.
 *
 * @throws a `RangeError` that names an entry of `allowNetworks` which is neither an address nor a CIDR block.
 */
export function addressPolicy({ allowNetworks, loopbackOnly }: AddressPolicyOptions): NetworkPolicy {
  const opened = blocksOf(allowNetworks);
  const closed = loopbackOnly ? [] : subtract(openable, opened);
  return { schemes: [...networkSchemes], deny: [...neverOpen, ...closed].map(formatCidr) };
}

/** Whether a job from the network may name the URL at all: paths of files and synthetic sources are none of those. */
export function hasNetworkScheme(url: string): boolean {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  return (networkSchemes as readonly (string | undefined)[]).includes(scheme);
}

function blocksOf(texts: readonly string[]): Cidr[] {
  return texts.map((text) => {
    const block = parseCidr(text);
    if (block === undefined) throw new RangeError(`'${text}' is neither an IP address nor a CIDR block.`);
    return block;
  });
}
