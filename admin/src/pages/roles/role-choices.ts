import { useGetList } from 'react-admin';
import type { Role } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';

/** As many as one request gives. */
const most = 200;

/** The roles to choose from; none for who may not see them. */
export function useRoleChoices(): readonly Role[] {
  const may = useMay();
  const { data = [] } = useGetList<Role>(
    'roles',
    { pagination: { page: 1, perPage: most } },
    { enabled: may('roles.view'), staleTime: 10_000 },
  );
  return data;
}
