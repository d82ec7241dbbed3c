/**
 * A browser that keeps nothing for a site throws at the mere mention of `localStorage`, which react-admin
 * mentions when it is loaded, and grants no lock to its tabs. That neither exists is understood.
 */
try {
  void window.localStorage;
} catch {
  Object.defineProperty(window, 'localStorage', { value: undefined });
  Object.defineProperty(navigator, 'locks', { value: undefined });
}
