/** The mutant that is chosen in this process, and those whose place was run. */
class Chosen {
  #active = Number(process.env.FLAIRGATE_MUTANT ?? 0);
  #reached: Set<number> | undefined;

  /** Makes the function that the mutated files call. */
  install(): void {
    Object.assign(globalThis, {
      $flairgateMutant: (id: number): boolean => {
        this.#reached?.add(id);
        return id === this.#active;
      },
    });
  }

  /** Chooses a mutant; 0 is none. */
  choose(id: number): void {
    this.#active = id;
  }

  /** Notes what is run from now on in a set, or nowhere. */
  record(reached: Set<number> | undefined): void {
    this.#reached = reached;
  }
}

/** The one of this process. */
export const chosen = new Chosen();
