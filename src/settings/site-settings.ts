/** The settings of the account site. */
export const siteSettings = {
  RETURN_ORIGINS: {
    group: 'account-site',
    type: 'text',
    format: 'origins',
    default: '',
    max_length: 4_000,
    blank: 'none',
    description:
      'Other sites that the account site may lead back to, by `return_to`: their origins, with spaces ' +
      'between them.',
  },
} as const;
