/** An amount in wei as ether, with all of its digits and none that are 0 at the end. */
export function etherText(wei: bigint): string {
  const digits = String(wei).padStart(19, '0');
  const fraction = digits.slice(-18).replace(/0+$/, '');
  return fraction === '' ? digits.slice(0, -18) : `${digits.slice(0, -18)}.${fraction}`;
}
