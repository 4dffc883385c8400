import type { components } from "@/shared/api/schema.gen";

type SipListener = components["schemas"]["SipListener"];

export interface SoftphoneAddress {
  /** As typed into a softphone: host:port. */
  address: string;
  /** "UDP", "TCP", "TLS". */
  transports: string[];
}

/**
 * Return the addresses a softphone can use, transports of one address together.
 *
 * A server that listens everywhere is at least where this page came from.
 */
export function softphoneAddresses(listeners: readonly SipListener[], pageHost: string): SoftphoneAddress[] {
  const found = new Map<string, string[]>();
  for (const { transport, host, port } of listeners) {
    const address = `${bracketed(host ?? pageHost)}:${port}`;
    const name = transport.toUpperCase();
    const transports = found.get(address) ?? [];
    if (!transports.includes(name)) found.set(address, [...transports, name]);
  }
  return [...found].map(([address, transports]) => ({ address, transports }));
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
