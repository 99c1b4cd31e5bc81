internal import Glibc
internal import Synchronization

extension Threads {
    /// The most threads that are started; what is more waits for one of them.
    public static let mostThreads = 64

    /// What `body` makes of each item, in the items' order. Every call must end by itself: nothing is cut off.
    ///
    /// - Parameter threads: How many work at the same time: many for calls that wait, as many as there are processors for
    ///   those that compute.
    public static func map<Item: Sendable, Result: Sendable>(
        _ items: [Item], threads: Int = mostThreads, _ body: @escaping @Sendable (Item) -> Result
    ) -> [Result] {
        guard items.count > 1 else { return items.map(body) }
        let work = Work(items: items, body: body)
        for _ in 1..<max(1, min(items.count, threads, mostThreads)) { start { work.run() } }
        // This thread works too: with the last of them everything has been begun.
        work.run()
        return work.wait()
    }

    fileprivate final class Work<Item: Sendable, Result: Sendable>: @unchecked Sendable {
        // SAFETY: results and the count are only touched under the lock.
        private let items: [Item]
        private let body: @Sendable (Item) -> Result
        private let next = Atomic(0)
        private var results: [Result?]
        private var missing: Int
        private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

        init(items: [Item], body: @escaping @Sendable (Item) -> Result) {
            self.items = items
            self.body = body
            results = Array(repeating: nil, count: items.count)
            missing = items.count
            pthread_mutex_init(lock, nil)
            pthread_cond_init(done, nil)
        }

        deinit {
            pthread_mutex_destroy(lock)
            pthread_cond_destroy(done)
            lock.deallocate()
            done.deallocate()
        }

        func run() {
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < items.count else { return }
                let result = body(items[index])
                pthread_mutex_lock(lock)
                results[index] = result
                missing -= 1
                if missing == 0 { pthread_cond_broadcast(done) }
                pthread_mutex_unlock(lock)
            }
        }

        func wait() -> [Result] {
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            while missing > 0 { pthread_cond_wait(done, lock) }
            return results.compactMap { $0 }
        }
    }
}
