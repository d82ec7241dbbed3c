/**
 * Kubernetes gives every container such variables for each Service. Those of a Service called `latchkey` begin as
 * ours do, and one of them has the same name as one of ours.
 */
export function isOfPlatform(name: string, value: string): boolean {
  return (
    /_SERVICE_(HOST|PORT(_\w+)?)$/.test(name) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))
  );
}
