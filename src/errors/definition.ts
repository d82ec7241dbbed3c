/** An entry of the table of error codes. */
export interface ErrorDefinition {
  readonly status: number;
  /** One short sentence that does not vary (RFC 9457 3.1.3). */
  readonly title: string;
  /** The member that has `text` in the answer, if the contract names one. */
  readonly member?: 'error' | 'detail';
  /** What that member says; `detail` of the thrown error replaces it. */
  readonly text?: string;
  /** For people who meet the code: what it means and what to do. Printed in the reference. */
  readonly meaning: string;
}
