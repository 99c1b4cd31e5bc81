internal import VMCore
internal import VMDomain
internal import VMImage

extension Disk {
    /// The lowest image that the document names, when what that one builds on is left to its header.
    var headerOfChain: (path: String, format: VMDomain.ImageFormat)? {
        guard var path = source.file ?? source.dev else { return nil }
        var format = driver?.type ?? .raw
        var below = backingStore
        while let store = below {
            // A store without a source says that the chain ends above it; one on a server isn't looked at.
            guard let next = store.source?.file ?? store.source?.dev else { return nil }
            path = next
            format = store.format?.type ?? .raw
            below = store.backingStore
        }
        return (path, format)
    }

    /// What is wrong with the images that this disk's images name by themselves.
    var headerProblems: [VMError] {
        guard let chain = headerOfChain, chain.format != .raw else { return [] }
        return BackingChain(walking: chain.path, format: chain.format.onDisk).obstacles.compactMap { problem in
            if case .dataFile(source.file, _) = problem, source.dataStore != nil { return nil }
            return problem.error
        }
    }
}
