// Stands behind the joined modules of the linked views, in the same scope.
window.attnvizWorkspace = openOffline(document.querySelector(".attnviz"), window.attnvizReport);
