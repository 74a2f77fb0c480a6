/** Opens the service in this process. `die` is called between its own write and the ownership. */
export function service(place: { file: string; folder: string; die: () => void }): Promise<{
  readonly port: number;
  close(): Promise<void>;
}>;
