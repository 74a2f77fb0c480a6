import { Menu } from '@base-ui/react/menu';

/** An action in a menu. */
export interface MenuAction {
  readonly label: string;
  readonly onChoose: () => void;
  /** True if the action deletes or revokes something. @default false */
  readonly isGrave?: boolean;
}

interface ActionMenuProps {
  /** Name of the item that the actions apply to, for screen readers. */
  readonly of: string;
  readonly actions: readonly MenuAction[];
}

/** Shows a button that opens the menu of a row's actions. */
export function ActionMenu({ of, actions }: ActionMenuProps) {
  return (
    <Menu.Root>
      <Menu.Trigger className="button small" aria-label={`Actions for ${of}`}>
        <span aria-hidden="true">{'\u22ef'}</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="menu-place" sideOffset={4} align="end">
          <Menu.Popup className="menu-popup">
            {actions.map(({ label, onChoose, isGrave = false }) => (
              <Menu.Item key={label} className={isGrave ? 'menu-item danger-text' : 'menu-item'} onClick={onChoose}>
                {label}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
