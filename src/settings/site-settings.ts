/** The settings of the account site. */
export const siteSettings = {
  SITE_NAME: {
    group: 'account-site',
    type: 'text',
    format: 'line',
    default: '',
    max_length: 60,
    blank: 'the host of the public URL',
    description: 'The name at the top of the account site, in mails, and in authenticator apps.',
  },
  SITE_LOGO: {
    group: 'account-site',
    type: 'text',
    format: 'image',
    default: '',
    max_length: 40_000,
    blank: 'the picture of a key',
    description:
      'The picture beside the name, as a `data:` URL: PNG, JPEG, WebP or SVG, at most 30 KB. It is shown as a ' +
      'square of 32 pixels.',
  },
  SITE_COLORS_LIGHT: {
    group: 'account-site',
    type: 'text',
    format: 'light_colors',
    default: '',
    max_length: 400,
    blank: 'the default colours',
    description:
      'Colours of the account site in the light theme, such as `accent=#3347c4`: background, surface, field, ' +
      'text, muted, border, accent, accent-text, link, focus, danger, success. Colours that make text ' +
      'unreadable are refused (WCAG 2.2: a contrast of 4.5).',
  },
  SITE_COLORS_DARK: {
    group: 'account-site',
    type: 'text',
    format: 'dark_colors',
    default: '',
    max_length: 400,
    blank: 'the default colours',
    description: 'The same for the dark theme, which the browser chooses.',
  },
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
