internal import VMCore
internal import VMImage

extension BackingChain {
    /// Follows the images below one, and says of a path that can't be used which component is in the way.
    init(walking path: String, format: VMImage.ImageFormat? = nil) {
        self.init(path, format: format) { path, upper in
            PathWalk.problem(path, writing: false, what: "backing file of '\(upper)',")
        }
    }
}
