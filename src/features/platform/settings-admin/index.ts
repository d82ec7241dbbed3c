export { settingsAdminRoutes } from './settings.admin-routes.ts';
export {
  changeSetting,
  restoreDefault,
  type SettingChanger,
  undoChange,
} from './settings-admin.ts';
