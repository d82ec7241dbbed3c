/**
 * Kubernetes gives every container such variables for each Service: those of one called `latchkey` begin
 * as ours do, and one of them has the very name of one of ours.
 */
export function isOfPlatform(name: string, value: string): boolean {
  return (
    /_SERVICE_(HOST|PORT(_\w+)?)$/.test(name) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))
  );
}
