/**
 * The fields of a file /proc/PID/stat from the third on, by proc_pid_stat(5): state, ppid … Field N is at N - 3. What
 * stands before them is the name of the program in brackets, which may hold spaces and brackets itself.
 */
export const statFields = (stat: string): string[] => stat.slice(stat.lastIndexOf(')') + 2).split(' ');
