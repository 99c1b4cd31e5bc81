internal import VMCore
internal import VMImage

extension BackingChain {
    /// Follows the images below one, and says of a path that can't be used which component is in the way.
    init(walking path: String, format: VMImage.ImageFormat? = nil, reach: BackingReach = .own) {
        self.init(path, format: format, reach: reach) { path, upper in
            PathWalk.problem(path, writing: false, what: "backing file of '\(upper)',")
        }
    }
}
